"""The search language over rows of tasks, and pages of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import merge
from itertools import islice
from operator import attrgetter

from antflow.cluster.search import Query, parse
from antflow.cluster.state import TaskRecord
from antflow.source import TaskPage, TaskQuery, TaskView
from antflow.web.turn import Turn

CHUNK = 500
"""Rows looked at between two glances at the clock."""

Matches = Callable[[TaskView], bool]

_ENDS = {
    "SUCCESS": "succeeded",
    "FAILURE": "failed",
    "RETRY": "retried",
    "REVOKED": "revoked",
    "REJECTED": "rejected",
}
_CELERY = {
    "queued": "RECEIVED",
    "in_progress": "STARTED",
    "completed": "SUCCESS",
    "skipped": "SUCCESS",
    "failed": "FAILURE",
    "retrying": "RETRY",
    "dropped": "REJECTED",
    "cancelled": "REVOKED",
}


def matcher(search: str) -> Matches | None:
    """What tells whether a row matches; None where all do.

    Raises:
        SearchError: the search cannot be read.
    """
    query = parse(search)
    if query.empty:
        return None
    return lambda view: query.matches(record_of(view))


def record_of(view: TaskView) -> TaskRecord:
    """The row as the search language knows tasks; statuses of items in Celery's words."""
    state = _CELERY.get(view.state, view.state)
    record = TaskRecord(
        uuid=view.id,
        name=view.name,
        state=state,
        worker=view.worker,
        client=view.client,
        received=view.received,
        started=view.started,
        args=view.args,
        kwargs=view.kwargs,
        eta=view.eta,
        expires=view.expires,
        result=view.result,
        exception=view.exception,
        traceback=view.traceback,
        exchange=view.exchange,
        routing_key=view.routing_key,
        queue=view.queue,
        retries=view.retries,
        timestamp=view.finished or view.started or view.received,
        runtime=view.runtime,
        root_id=view.root_id,
        parent_id=view.parent_id,
        orphaned=view.finished or view.started if view.orphaned else None,
        stuck=view.stuck,
    )
    if state in _ENDS:
        setattr(record, _ENDS[state], view.finished)
    return record


class Searcher:
    """Finds rows; remembers them as the search language knows them, until they change."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[TaskView, TaskRecord]] = {}

    def _record(self, row: TaskView) -> TaskRecord:
        known = self._known.get(row.id)
        if known is None or known[0] is not row:
            known = self._known[row.id] = (row, record_of(row))
        return known[1]

    async def filter(self, rows: Sequence[TaskView], search: str) -> Sequence[TaskView]:
        """The rows that match, in their order; gives way in between.

        Raises:
            SearchError: the search cannot be read.
        """
        query = parse(search)
        if query.empty:
            return rows
        if len(self._known) > 2 * len(rows) + 1_000:
            self._known.clear()
        turn, found = Turn(), []
        for begin in range(0, len(rows), CHUNK):
            found += self._fitting(query, rows[begin : begin + CHUNK])
            if turn.over:
                await turn.give_way()
        return found

    def _fitting(self, query: Query, rows: Sequence[TaskView]) -> list[TaskView]:
        records = [self._record(row) for row in rows]
        fit = set(map(id, query.filter(records)))
        return [row for row, record in zip(rows, records, strict=True) if id(record) in fit]


def select(rows: Iterable[TaskView], search: str) -> Iterator[TaskView]:
    """The rows that match, in their order.

    Raises:
        SearchError: the search cannot be read; at once, not at the first row.
    """
    matches = matcher(search)
    return iter(rows) if matches is None else filter(matches, rows)


async def page_of(rows: Sequence[TaskView], query: TaskQuery, searcher: Searcher) -> TaskPage:
    """The page that a query asks of rows given newest first, by when they were received.

    However many there are, others on the loop have their turn in between.

    Raises:
        SearchError: the search cannot be read.
        ValueError: no such field to sort by, or a limit or an offset below 0.
    """
    check_page(query)
    found = await searcher.filter(rows, query.search)
    end = query.offset + query.limit
    if query.sort != "-received":
        ordered = await first_sorted(found, query.sort, end)
        return TaskPage(ordered[query.offset :], len(found), query.offset)
    return TaskPage(list(found[query.offset : end]), len(found), query.offset)


def check_page(query: TaskQuery) -> None:
    """Refuse what no page can be made of.

    Raises:
        ValueError: no such field to sort by, or a limit or an offset below 0.
    """
    field = query.sort.removeprefix("-")
    if field not in TaskView.__struct_fields__:
        names = ", ".join(TaskView.__struct_fields__)
        raise ValueError(f"cannot sort by {field!r}; there are {names}")
    if query.limit < 0 or query.offset < 0:
        raise ValueError("limit and offset must be 0 or more")


async def first_sorted(rows: Sequence[TaskView], sort: str, stop: int) -> list[TaskView]:
    """The first `stop` rows in this order; those without a value come last, either way.

    Sorted in runs that are merged as far as they are asked for: sorting all at once would hold
    up whatever else is on the loop.
    """
    field, descending = sort.removeprefix("-"), sort.startswith("-")
    value = attrgetter(field)
    turn, runs = Turn(), []
    for begin in range(0, len(rows), CHUNK):
        run = [row for row in rows[begin : begin + CHUNK] if value(row) is not None]
        runs.append(sorted(run, key=value, reverse=descending))
        if turn.over:
            await turn.give_way()
    found: list[TaskView] = []
    for row in merge(*runs, key=value, reverse=descending):
        if len(found) >= stop:
            return found
        found.append(row)
        if len(found) % CHUNK == 0 and turn.over:
            await turn.give_way()
    return found + list(islice((row for row in rows if value(row) is None), stop - len(found)))
