"""`Source`: what a page needs of whatever it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, Protocol, runtime_checkable

from msgspec import Struct

from antflow.source.frame import Frame
from antflow.source.spans import Spans
from antflow.source.tasks import ScheduleEntry, TaskDetail, TaskPage, TaskView
from antflow.source.verbs import Answer, Verb
from antflow.source.workers import WorkerDetail
from antflow.types import (
    DashboardSnapshot,
    PipelineStats,
    StatusEvent,
    WorkerMetrics,
    WorkerState,
)

Unsubscribe = Callable[[], None]


class TaskQuery(Struct, frozen=True):
    """Which tasks, in which order.

    Attributes:
        search: in the search language; empty: all.
        sort: name of a `TaskView` field, with `-` before it for descending.
        limit: rows at most.
        offset: rows to skip.
    """

    search: str = ""
    sort: str = "-received"
    limit: int = 100
    offset: int = 0


@runtime_checkable
class Source(Protocol):
    """A local pipeline, a Celery cluster, or a fake.

    Methods that are not coroutines answer from memory, at once. A coroutine may ask workers or
    a broker; it answers within its time-out or raises an `AntFlowError` that says why.

    Attributes:
        name: unique within a server, in a URL as it stands: letters, digits, `-`, `_`, `.`.
        kind: for the words on the pages only.
        tick: seconds between two frames that are worth showing.
        verbs: what can be asked of it, by name.
    """

    name: str
    kind: Literal["pipeline", "cluster"]
    tick: float
    verbs: Mapping[str, Verb]

    async def start(self) -> None:
        """Begin to follow what is shown; called once by the server."""

    async def stop(self) -> None:
        """Let go of everything; called once by the server."""

    def get_worker_states(self) -> dict[str, WorkerState]:
        """State by worker name."""

    def get_worker_metrics(self) -> dict[str, WorkerMetrics]:
        """Metrics by worker name."""

    def get_stats(self) -> PipelineStats:
        """The counts."""

    def get_dashboard_snapshot(self) -> DashboardSnapshot:
        """A consistent picture, as `Pipeline.get_dashboard_snapshot` gives."""

    def subscribe(self, callback: Callable[[StatusEvent], Any]) -> Unsubscribe:
        """Have every status event; returns what ends it."""

    def frame(self) -> Frame:
        """Everything that the live pages show, now."""

    async def find_tasks(self, query: TaskQuery) -> TaskPage:
        """Rows of the table of tasks; a long search gives way to others on the loop.

        Raises:
            SearchError: the search cannot be read; it says where.
        """

    def iter_tasks(self, search: str = "") -> Iterator[TaskView]:
        """All tasks that match, newest first, for exports; may be left half-way."""

    async def task(self, task_id: str) -> TaskDetail | None:
        """One task in full; None where it is not known."""

    async def worker(self, name: str, *, refresh: bool = False) -> WorkerDetail | None:
        """One worker in full, asked anew with `refresh`; None where it is not known."""

    async def spans(self, since: float, worker: str | None = None, limit: int = 1_000) -> Spans:
        """What workers did that has ended: the past of their lanes.

        Args:
            since: Unix seconds; what ended before is left out.
            worker: only this one's; None: everybody's.
            limit: spans at most, or a few more; the newest stay.
        """

    def schedule(self) -> list[ScheduleEntry]:
        """What runs by the clock; empty where nothing does."""

    def events(self, after: int = 0, limit: int = 500) -> tuple[int, list[dict[str, Any]]]:
        """Raw events after a sequence number, and the number of the last; secrets removed."""

    async def command(
        self, verb: str, target: str | None = None, arguments: Mapping[str, Any] | None = None
    ) -> list[Answer]:
        """Do what a verb says.

        Raises:
            NotFoundError: no such target.
            ValueError: an unknown verb, or arguments that it does not take.
        """

    def settings(self) -> dict[str, Any]:
        """What the source was told and what it runs on, for the page about; secrets removed."""
