"""GET /api/tasks, /api/task/types, /api/task/info/{id}."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import Response, StreamingResponse

from antflow.exceptions import SearchError
from antflow.web.encoding import encoded
from antflow.web.flower.arguments import Arguments
from antflow.web.flower.desk import JSON, Desk
from antflow.web.flower.records import task_fields
from antflow.web.security.refusal import RefusalError

if TYPE_CHECKING:
    from antflow.cluster.state import TaskRecord

SORTS: Final = ("name", "received", "started", "state")
WHEN: Final = "%Y-%m-%d %H:%M"
AT_ONCE: Final = 50
"""Tasks in one piece of an answer: another request, which takes several turns of the loop, waits
for a piece at each."""

Test = Callable[["TaskRecord"], bool]


async def tasks(desk: Desk) -> Response:
    """Tasks by id, newest first."""
    arguments = desk.arguments
    limit, offset = arguments.integer("limit"), max(0, arguments.integer("offset", 0) or 0)
    sort = _sort(arguments)
    tests = list(_tests(arguments))
    if limit is not None and limit <= 0:
        return Response(b"{}", media_type=JSON)
    try:
        found = _found(desk, sort, tests, limit, offset)
    except SearchError as error:
        return Response(encoded({"error": f"{error}"}), 400, media_type=JSON)
    return StreamingResponse(_pieces(desk, found), media_type=JSON)


def _found(
    desk: Desk, sort: str | None, tests: list[Test], limit: int | None, offset: int
) -> Iterable[TaskRecord]:
    state, search = desk.cluster.state, desk.arguments.text("search") or ""
    if not tests:
        return state.find(search, sort=sort or "-received", limit=limit, offset=offset)[0]
    records: Iterable[TaskRecord] = state.find(search, sort=sort or "-received")[0]
    passing = (record for record in records if all(test(record) for test in tests))
    return list(islice(passing, offset, None if limit is None else offset + limit))


def _sort(arguments: Arguments) -> str | None:
    sort = arguments.text("sort_by")
    if sort is not None and sort.removeprefix("-") not in SORTS:
        raise RefusalError(
            400, f"Invalid sort_by {sort[:100]!r}, expected one of {', '.join(SORTS)}"
        )
    return sort


def _tests(arguments: Arguments) -> Iterator[Test]:
    if worker := arguments.text("workername"):
        yield lambda record: record.worker == worker
    if name := arguments.text("taskname"):
        yield lambda record: record.name == name
    if state := arguments.text("state"):
        wanted = state.upper()
        yield lambda record: record.state == wanted
    start, end = _when(arguments, "received_start"), _when(arguments, "received_end")
    if start is not None:
        yield lambda record: record.received is not None and record.received >= start
    if end is not None:
        yield lambda record: record.received is None or record.received <= end


def _when(arguments: Arguments, name: str) -> float | None:
    text = arguments.text(name)
    if text is None:
        return None
    try:
        return datetime.strptime(text, WHEN).timestamp()
    except (ValueError, OverflowError, OSError):
        raise RefusalError(
            400, "Invalid received_start or received_end, expected format 'YYYY-MM-DD HH:MM'"
        ) from None


async def _pieces(desk: Desk, records: Iterable[TaskRecord]) -> AsyncIterator[bytes]:
    state, redactor = desk.cluster.state, desk.site.redactor
    rest = iter(records)
    opening = b"{"
    while piece := list(islice(rest, AT_ONCE)):
        fields = {record.uuid: task_fields(record, state, redactor) for record in piece}
        yield opening + encoded(fields)[1:-1]
        opening = b","
        await asyncio.sleep(0)
    yield b"{}" if opening == b"{" else b"}"


async def task_types(desk: Desk) -> Any:
    """The names of all task types seen."""
    return {"task-types": sorted(desk.cluster.state.task_types())}


async def task_info(desk: Desk) -> Any:
    """One task in full."""
    record = desk.cluster.state.tasks.get(desk.target)
    if record is None:
        raise RefusalError(404, f"Unknown task {desk.target!r}")
    return task_fields(record, desk.cluster.state, desk.site.redactor)
