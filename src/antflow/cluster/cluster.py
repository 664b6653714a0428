"""`Cluster`: a Celery cluster as a Source."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, Self

from celery import Celery

from antflow.cluster import snapshot as pictures
from antflow.cluster.about import settings
from antflow.cluster.alerts import AlertRule
from antflow.cluster.application import application_of
from antflow.cluster.history import History
from antflow.cluster.parts import Parts
from antflow.cluster.picture import worker_views
from antflow.cluster.spans import recent_spans
from antflow.cluster.state import ClusterState
from antflow.cluster.statuses import status_event
from antflow.cluster.verbs import VERBS
from antflow.cluster.views import task_view, timeline
from antflow.exceptions import AntFlowError
from antflow.source import (
    Answer,
    Frame,
    ScheduleEntry,
    Spans,
    TaskDetail,
    TaskPage,
    TaskQuery,
    TaskView,
    Unsubscribe,
    Verb,
    WorkerDetail,
    WorkerView,
    newest_spans,
)
from antflow.types import (
    DashboardSnapshot,
    PipelineStats,
    StatusEvent,
    WorkerMetrics,
    WorkerState,
)

TREE_SHOWN = 1_000
"""Tasks of a tree that a task's detail shows at most."""


class Cluster:
    """A Celery cluster, followed by its events and steered by remote control.

    `start()` never fails for a broker that is away: `frame().health` says so, and everything
    goes on trying. What Celery's events become as status events: `antflow.cluster.statuses`.

    Args:
        app: the Celery application, or its name as for Celery's `-A`; None: `broker` is enough.
        broker: the broker's URL, instead of the application's own.
        backend: the result backend's URL, instead of the application's own.
        name: unique within a server: letters, digits, `-`, `_`, `.`.
        timeout: seconds that workers have to answer.
        max_tasks: tasks kept in memory; the oldest that are finished leave first.
        max_workers: workers kept.
        purge_offline_workers: seconds after which a worker that is offline is forgotten; None:
            it is kept.
        runtime_buckets: bounds of the histogram of runtimes in `/metrics`, in seconds.
        history: a database URL (`sqlite:///…`, `postgresql+psycopg://…`) or a History; None:
            nothing is kept over a restart.
        management_url: of RabbitMQ's management plug-in, for more figures of its queues.
        enable_events: have workers that started without events send them.
        alerts: rules, as records or as dicts with their fields.

    Attributes:
        app, state, events, inspector, control, queues, calls, history: the parts it is made of.

    Raises:
        ValueError: neither application nor broker, a bad name, a bad alert rule.
        NotFoundError: no such application.
    """

    kind: Literal["pipeline", "cluster"] = "cluster"
    tick: float = 1.0

    def __init__(
        self,
        app: Celery | str | None = None,
        *,
        broker: str | None = None,
        backend: str | None = None,
        name: str = "cluster",
        timeout: float = 1.0,
        max_tasks: int = 100_000,
        max_workers: int = 5_000,
        purge_offline_workers: float | None = None,
        runtime_buckets: Sequence[float] = (),
        history: str | History | None = None,
        management_url: str | None = None,
        enable_events: bool = True,
        alerts: Sequence[AlertRule | dict[str, Any]] = (),
    ) -> None:
        self.name = name
        self.verbs: Mapping[str, Verb] = VERBS
        self.app = application_of(app, broker=broker, backend=backend)
        self.state = ClusterState(
            max_tasks=max_tasks,
            max_workers=max_workers,
            purge_offline_workers=purge_offline_workers,
            runtime_buckets=runtime_buckets,
        )
        self._parts = parts = Parts(
            name,
            self.app,
            self.state,
            timeout=timeout,
            max_tasks=max_tasks,
            history=history,
            management_url=management_url,
            enable_events=enable_events,
            alerts=alerts,
        )
        self.events = parts.events
        self.inspector = parts.inspector
        self.control = parts.control
        self.queues = parts.queues
        self.calls = parts.calls
        self.history = parts.memory.history

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Load the history, follow events, ask the workers; returns before they have answered."""
        await self._parts.following.start()

    async def stop(self) -> None:
        """Let go of everything; the history has what came. `start()` may follow."""
        await self._parts.stop()

    def get_worker_states(self) -> dict[str, WorkerState]:
        """State by worker name; the stage is the type of the task that it runs, or empty."""
        return pictures.worker_states(self.state)

    def get_worker_metrics(self) -> dict[str, WorkerMetrics]:
        """Metrics by worker name."""
        return pictures.worker_metrics(self.state)

    def get_stats(self) -> PipelineStats:
        """The counts; a stage is a task type."""
        return pictures.stats(self.frame())

    def get_dashboard_snapshot(self) -> DashboardSnapshot:
        """A consistent picture; lists the newest 100 failures."""
        return pictures.snapshot(self.state, self._parts.frame())

    def subscribe(self, callback: Callable[[StatusEvent], Any]) -> Unsubscribe:
        """Have every task's event as a status event, on the loop; returns what ends it."""

        def passed_on(event: dict[str, Any]) -> Any:
            status = status_event(event, self.state.tasks)
            return None if status is None else callback(status)

        return self.events.subscribe(passed_on)

    def frame(self) -> Frame:
        """Everything that the live pages show, at most half a tick old."""
        return self._parts.frame(within=self.tick / 2)

    async def find_tasks(self, query: TaskQuery) -> TaskPage:
        """Rows of the table of tasks; at once, from memory.

        Raises:
            SearchError: the search cannot be read; it says where.
        """
        records, total = self.state.find(
            query.search, sort=query.sort, limit=query.limit, offset=query.offset
        )
        return TaskPage([task_view(record) for record in records], total, query.offset)

    def iter_tasks(self, search: str = "") -> Iterator[TaskView]:
        """All tasks that match, newest first.

        Raises:
            SearchError: the search cannot be read; it says where.
        """
        return map(task_view, self.state.iterate(search))

    async def spans(self, since: float, worker: str | None = None, limit: int = 1_000) -> Spans:
        """What workers did that has ended, since events are followed."""
        since = max(since, self.frame().totals.started or time.time())
        return newest_spans(recent_spans(self.state.ended(), since), since, worker, limit)

    async def task(self, task_id: str) -> TaskDetail | None:
        """One task with its timeline, its tree and the raw events that are kept of it."""
        record = self.state.tasks.get(task_id)
        if record is None:
            return None
        tree = [task_view(each) for each in self.state.tree(task_id, TREE_SHOWN)]
        raw = [event for event in self.events(0, 10_000)[1] if event.get("uuid") == task_id]
        return TaskDetail(task_view(record), timeline(record), tree, raw)

    async def worker(self, name: str, *, refresh: bool = False) -> WorkerDetail | None:
        """One worker with its answers to inspections, asked anew with `refresh`."""
        error = None
        if not self._parts.targets.is_worker(name):
            return None
        if refresh:
            try:
                await self.inspector.inspect(name)
            except AntFlowError as problem:
                error = str(problem)
        return self._detail(name, error)

    def _detail(self, name: str, error: str | None) -> WorkerDetail | None:
        answers = dict(self.inspector.workers.get(name) or {})
        rows = worker_views(self.state, {name: answers})
        view = next((row for row in rows if row.name == name), WorkerView(name, "offline"))
        asked = answers.pop("timestamp", None)
        sections = {
            method: sorted(said) if isinstance(said, set) else said
            for method, said in answers.items()
        }
        return WorkerDetail(view, sections, asked, error)

    def schedule(self) -> list[ScheduleEntry]:
        """The beat's entries, from `app.conf.beat_schedule`; runs are those that events told."""
        return self._parts.beat.entries(time.time())

    async def command(
        self, verb: str, target: str | None = None, arguments: Mapping[str, Any] | None = None
    ) -> list[Answer]:
        """Do what a verb says: one of `verbs`.

        Args:
            verb: `worker.pool_grow`.
            target: name of the worker, task type or queue, a task's id, or a search.
            arguments: as the verb takes them; None for one stands for its default.

        Raises:
            NotFoundError: no such target.
            ValueError: an unknown verb, or arguments that it does not take.
            ClusterError: no answer, a refusal, no connection.
        """
        answers = await self._parts.commands.run(verb, target, arguments)
        self._parts.following.commanded(verb, target or "", answers)
        return answers

    async def requeue(self, tasks: str | Sequence[str], *, limit: int = 1_000) -> list[Answer]:
        """Send tasks again that have failed, under new ids; see `antflow.cluster.requeue`.

        Args:
            tasks: ids, or a search: then those that failed or are orphaned, newest first.
            limit: tasks at most, of a search.

        Returns:
            One answer a task, with the new id or the reason why not.

        Raises:
            NotFoundError: an id is not known; nothing was sent.
            SearchError: the search cannot be read.
        """
        if isinstance(tasks, str):
            return await self.command("tasks.retry", tasks, {"limit": limit})
        return await self._parts.commands.retry(tasks)

    def settings(self) -> dict[str, Any]:
        """What it was told and what it runs on, passwords removed."""
        return settings(self._parts)
