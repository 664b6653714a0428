"""Exports of tasks, in pieces, so that nobody waits for them to end."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable, Iterator

from antflow.source import TaskView
from antflow.web.api.outgoing import Outgoing
from antflow.web.encoding import encoded
from antflow.web.turn import Turn

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula."""

COLUMNS = TaskView.__struct_fields__


def csv_cell(value: object) -> object:
    """A cell that no spreadsheet runs: texts that look like formulas get a `'` before them."""
    if not isinstance(value, str):
        return value
    return f"'{value}" if value.lstrip(" ").startswith(FORMULA) else value


async def csv_chunks(rows: Iterator[TaskView], outgoing: Outgoing) -> AsyncIterator[bytes]:
    """The rows as CSV, a line of names first."""
    yield _csv([COLUMNS])

    def text(batch: list[TaskView]) -> bytes:
        return _csv([csv_cell(getattr(row, name)) for name in COLUMNS] for row in batch)

    async for chunk in _chunks(rows, outgoing, text):
        yield chunk


def _csv(lines: Iterable[Iterable[object]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    return out.getvalue().encode("utf-8", "replace")


async def json_chunks(rows: Iterator[TaskView], outgoing: Outgoing) -> AsyncIterator[bytes]:
    """The rows as a JSON list, a row a line."""
    separator = b"[\n"
    async for chunk in _chunks(rows, outgoing, lambda batch: b",\n".join(map(encoded, batch))):
        yield separator + chunk
        separator = b",\n"
    yield b"[]\n" if separator == b"[\n" else b"\n]\n"


async def _chunks(
    rows: Iterator[TaskView], outgoing: Outgoing, text: Callable[[list[TaskView]], bytes]
) -> AsyncIterator[bytes]:
    turn: Turn = Turn()
    batch: list[TaskView] = []
    for row in rows:
        batch.append(outgoing.task(row))
        if turn.over or len(batch) >= 500:
            yield text(batch)
            batch = []
            await turn.give_way()
    if batch:
        yield text(batch)
