"""`ClusterState`: the tasks and workers of a cluster, made of its events."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from antflow.cluster.search import Query
from antflow.cluster.state.applying import apply_all
from antflow.cluster.state.books import Books
from antflow.cluster.state.failures import FailureBook
from antflow.cluster.state.finding import ended, find, iterate
from antflow.cluster.state.meters import Meters
from antflow.cluster.state.reconciling import learn, restore
from antflow.cluster.state.record import Applied, TaskRecord, WorkerRecord
from antflow.cluster.state.watching import watch_over


class ClusterState:
    """What a cluster's events say, bounded in memory; for one thread.

    Nothing here waits, connects or reads a clock but `clock`.

    Args:
        max_tasks: tasks kept; beyond, the oldest finished leave first, failures later, running
            ones last.
        max_workers: workers kept; beyond, those silent longest leave first.
        purge_offline_workers: seconds after which an offline worker is forgotten; None: never.
        runtime_buckets: upper bounds of the histograms of runtimes, in seconds; empty: those that
            Prometheus clients start with.
        clock: our clock, in Unix seconds.

    Attributes:
        tasks: records by id. They change under you.
        workers: records by hostname. They change under you.
        meters: figures per task type, per worker, and in all.
        failures: failures by exception class and task type.
    """

    def __init__(
        self,
        *,
        max_tasks: int = 100_000,
        max_workers: int = 5_000,
        purge_offline_workers: float | None = None,
        runtime_buckets: Sequence[float] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._books = Books(max_tasks, max_workers)
        self._clock = clock
        self._purge = purge_offline_workers
        self.tasks: Mapping[str, TaskRecord] = self._books.tasks
        self.workers: Mapping[str, WorkerRecord] = self._books.workers
        self.meters: Meters = self._books.meters
        if runtime_buckets:
            self.meters.bounds = sorted(runtime_buckets)
        self.failures: FailureBook = self._books.failures

    def apply(self, events: Sequence[dict[str, Any]], received_at: float | None = None) -> Applied:
        """Take in events, as decoded from JSON, in the order they came.

        Args:
            events: one that cannot be read is counted and costs itself alone.
            received_at: when they came, by our clock; None: now.
        """
        books, now, applied = self._begin(received_at)
        apply_all(books, events, now)
        books.meters.events += len(events) - applied.malformed
        books.meters.malformed += applied.malformed
        books.order.trim(len(books.tasks))
        return applied

    def tick(self, now: float | None = None, *, judging: bool = True) -> Applied:
        """Find what time alone changes: offline, purged, orphaned, stuck.

        Args:
            now: by our clock; None: the clock's time. Call it about once a second.
            judging: whether workers that are silent are taken for dead: not while nothing of
                them can arrive.
        """
        books, now, applied = self._begin(now)
        watch_over(books, now, self._purge, judging)
        return applied

    def _begin(self, now: float | None) -> tuple[Books, float, Applied]:
        books = self._books
        books.applied = Applied()
        books.batch += 1
        now = self._clock() if now is None else now
        books.meters.turn(now)
        return books, now, books.applied

    def forgive(self, seconds: float) -> None:
        """Do not hold it against the workers that for so long no event could reach us.

        Args:
            seconds: allowed on top of two heartbeats, until the worker's next sign. To be called
                before the next tick.
        """
        for watch in self._books.watches.values():
            watch.excused += max(0.0, seconds)

    def restore(self, records: Iterable[TaskRecord]) -> int:
        """Take in what a history kept; what is known already stays as it is.

        Returns:
            How many tasks were new.
        """
        books, now, _ = self._begin(None)
        return restore(books, records, now)

    def learn(self, updates: Iterable[TaskRecord]) -> Applied:
        """Take in what workers or the result backend answered, as an event would be.

        A finished task never goes back. Fields that are None in an update say nothing.
        """
        books, now, applied = self._begin(None)
        learn(books, updates, now)
        return applied

    def find(
        self,
        search: str | Query = "",
        *,
        sort: str = "-received",
        limit: int | None = None,
        offset: int = 0,
    ) -> tuple[list[TaskRecord], int]:
        """Tasks that match.

        Args:
            search: in the search language; empty: all.
            sort: a field of `TaskRecord`, or `finished`; with `-` before it descending. Tasks
                that lack it come last. Equals stand newest first.
            limit: rows at most; None: all.
            offset: rows to skip.

        Returns:
            The rows, and how many match in all.

        Raises:
            SearchError: the search cannot be read.
            ValueError: there is no such field to sort by.
        """
        return find(self._books, search, sort, limit, offset)

    def iterate(self, search: str | Query = "") -> Iterator[TaskRecord]:
        """Tasks that match, newest first; the state may change meanwhile.

        Raises:
            SearchError: the search cannot be read; at once, not at the first row.
        """
        return iterate(self._books, search)

    def ended(self) -> Iterator[TaskRecord]:
        """Tasks that ended, newest first; nothing may be applied while it is walked through."""
        return ended(self._books)

    def children(self, uuid: str) -> list[TaskRecord]:
        """The tasks that a task called, oldest first."""
        return self._books.kinship.children(uuid)

    def tree(self, uuid: str, limit: int = 1_000) -> list[TaskRecord]:
        """The root of a task and all below it that is known, parents before children."""
        return self._books.kinship.tree(uuid, limit)

    def task_types(self) -> list[str]:
        """Names of the task types seen, sorted."""
        return sorted(name for name in self._books.meters.types if name)

    def states(self) -> dict[str, int]:
        """Tasks that are kept, by state; states without tasks are left out."""
        return self._books.meters.states()
