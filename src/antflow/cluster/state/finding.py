"""Tasks by search, sorted and paged."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import islice
from operator import attrgetter
from typing import Any, Final

from antflow.cluster.search import Query, parse
from antflow.cluster.state.books import Books
from antflow.cluster.state.record import ENDED, TaskRecord

ALIASES: Final = {"id": "uuid"}
KEYS: Final = frozenset(
    name for name in TaskRecord.__struct_fields__ if not name.startswith("_")
) | {"finished"}
CHUNK: Final = 1_000
SAMPLE: Final = 2_000


def _query(search: str | Query) -> Query:
    return parse(search) if isinstance(search, str) else search


def find(
    books: Books, search: str | Query, sort: str, limit: int | None, offset: int
) -> tuple[list[TaskRecord], int]:
    """See `ClusterState.find`."""
    query = _query(search)
    key = sort.removeprefix("-")
    key = ALIASES.get(key, key)
    if key not in KEYS:
        raise ValueError(f"no such field to sort by: {key[:100]!r}; there are {sorted(KEYS)}")
    start = max(0, offset)
    stop = None if limit is None else start + max(0, limit)
    if query.empty and sort == "-received":
        return list(islice(books.order.newest(), start, stop)), len(books.tasks)
    found = query.filter(books.order.rows())
    return _sorted(found, key, sort.startswith("-"), stop)[start:], len(found)


def _sorted(
    rows: list[TaskRecord], key: str, descending: bool, stop: int | None
) -> list[TaskRecord]:
    """The first of oldest-first rows by a key, up to `stop`; those without it last."""
    if key == "received" and descending:  # in order; those never received stand by other times
        return rows[::-1] if stop is None else rows[: -stop - 1 : -1]
    value = attrgetter(key)
    if stop is not None and 0 < stop <= len(rows) // 20:
        first = _first(rows, list(map(value, rows)), descending, stop)
        if len(first) >= stop:
            first.sort(key=value, reverse=descending)
            return first[:stop]
    having = [row for row in reversed(rows) if value(row) is not None]
    having.sort(key=value, reverse=descending)
    if len(having) < len(rows):
        having += [row for row in reversed(rows) if value(row) is None]
    return having[:stop]


def _first(
    rows: list[TaskRecord], values: list[Any], descending: bool, stop: int
) -> list[TaskRecord]:
    """Few rows that hold the first `stop`, newest first; fewer than `stop` where it went wrong.

    A sample tells a value that somewhat more than `stop` rows come before. Of those that equal it
    only the newest are taken, for often most rows do.
    """
    step = max(1, len(values) // SAMPLE)
    sample = sorted(value for value in values[::step] if value is not None)
    place = 4 * stop // step + 8
    if place >= len(sample):
        return []
    edge = sample[-place] if descending else sample[place]
    valued = zip(rows, values, strict=True)
    if descending:
        first = [row for row, value in valued if value is not None and value > edge]
    else:
        first = [row for row, value in valued if value is not None and value < edge]
    first.reverse()
    backwards = zip(reversed(rows), reversed(values), strict=True)
    equal = (row for row, value in backwards if value == edge)
    return first + list(islice(equal, max(0, stop - len(first))))


def iterate(books: Books, search: str | Query) -> Iterator[TaskRecord]:
    """See `ClusterState.iterate`."""
    query = _query(search)
    rows = books.order.rows()[::-1]
    return _chunks(query, rows)


def _chunks(query: Query, rows: list[TaskRecord]) -> Iterator[TaskRecord]:
    for start in range(0, len(rows), CHUNK):
        chunk: Any = rows[start : start + CHUNK]
        yield from query.filter([row for row in chunk if row._order >= 0])


def ended(books: Books) -> Iterator[TaskRecord]:
    """See `ClusterState.ended`."""
    seen: set[str] = set()
    for task in merge(
        reversed(books.done),
        reversed(books.failed),
        key=lambda task: task.timestamp or 0.0,
        reverse=True,
    ):
        # one that was rejected came back, or ended once more: it is queued for each time
        if task.state in ENDED and task.uuid not in seen:
            seen.add(task.uuid)
            yield task
