"""`FakeSource`: a source in memory, for tests of pages and for a look at them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from antflow.cluster.verbs import VERBS as CLUSTER
from antflow.cluster.verbs import checked
from antflow.source import (
    Answer,
    Frame,
    ScheduleEntry,
    Span,
    Spans,
    Step,
    TaskDetail,
    TaskPage,
    TaskQuery,
    TaskView,
    Verb,
    WorkerDetail,
    newest_spans,
)
from antflow.types import (
    DashboardSnapshot,
    ErrorSummary,
    PipelineStats,
    StatusEvent,
    WorkerMetrics,
    WorkerState,
)
from antflow.web.sources.fake_commands import obey
from antflow.web.sources.fake_frame import Mode, frame_of
from antflow.web.sources.fake_world import Kind, World
from antflow.web.sources.searching import Searcher, page_of, select
from antflow.web.sources.verb_table import LOCAL, verb_named


class FakeSource:
    """Made-up workers and tasks that go on as time passes; every verb works on them.

    The same arguments and the same clock give the same pictures.

    Args:
        name: as in `Source`.
        kind: a pipeline's stages or a cluster's task types; `cluster` by default.
        workers: how many.
        tasks: how many there are at first.
        failures: share of tasks that fail, 0.0 to 1.0.
        hostile: put markup, scripts, endless and odd texts in every field.
        mode: `live`; `stale` and `disconnected`: nothing goes on, and the health says so;
            `empty`: no workers and no tasks.
        rate: tasks that start or end, per second.
        tick: seconds between two frames; None: 0.25 for a pipeline, 1.0 for a cluster.
        seed: of what looks like chance.
        clock: Unix seconds.

    Attributes:
        frames: how many frames were asked for.
        commands: verb, target and arguments of each command obeyed, oldest first.
    """

    def __init__(
        self,
        name: str = "fake",
        *,
        kind: Kind = "cluster",
        workers: int = 8,
        tasks: int = 500,
        failures: float = 0.05,
        hostile: bool = False,
        mode: Mode = "live",
        rate: float = 20.0,
        tick: float | None = None,
        seed: int = 1,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.name = name
        self.kind: Kind = kind
        self.tick = tick or (0.25 if kind == "pipeline" else 1.0)
        self.verbs: Mapping[str, Verb] = LOCAL if kind == "pipeline" else CLUSTER
        self.mode: Mode = mode
        self.frames = 0
        self.commands: list[tuple[str, str | None, dict[str, Any]]] = []
        self._clock = clock
        self._searcher = Searcher()
        self._subscribers: list[Callable[[StatusEvent], Any]] = []
        empty = mode == "empty"
        self.world = World(
            kind,
            workers=0 if empty else workers,
            tasks=0 if empty else tasks,
            failures=failures,
            hostile=hostile,
            rate=rate,
            seed=seed,
            now=clock(),
        )

    async def start(self) -> None:
        """Nothing to do."""

    async def stop(self) -> None:
        """Nothing to do."""

    def _go_on(self) -> World:
        if self.mode in {"live", "empty"}:
            self.world.go_on(self._clock())
        else:
            self.world.now = self._clock()
        return self.world

    def get_worker_states(self) -> dict[str, WorkerState]:
        """State by worker name."""
        return {
            worker.name: WorkerState(
                worker.name,
                worker.group or "",
                "busy" if worker.running else "idle",
                worker.running[0].id if worker.running else None,
                worker.running[0].name if worker.running else None,
                worker.running[0].started if worker.running else None,
            )
            for worker in self.world.workers.values()
        }

    def get_worker_metrics(self) -> dict[str, WorkerMetrics]:
        """Metrics by worker name."""
        return {
            w.name: WorkerMetrics(w.name, w.group or "", w.succeeded, w.failed, 0.0, w.last_seen)
            for w in self.world.workers.values()
        }

    def get_stats(self) -> PipelineStats:
        """The counts."""
        totals = frame_of(self.world, self.name, self.mode).totals
        return PipelineStats(
            totals.succeeded,
            totals.failed,
            totals.in_flight,
            {},
            {},
            totals.fed,
            0,
            totals.dropped,
            totals.cancelled,
        )

    def get_dashboard_snapshot(self) -> DashboardSnapshot:
        """A consistent picture."""
        kinds: Counter[str] = Counter()
        for (kind, _), count in self.world.failed_count.items():
            kinds[kind] += count
        errors = ErrorSummary(kinds.total(), dict(kinds))
        states, metrics = self.get_worker_states(), self.get_worker_metrics()
        return DashboardSnapshot(states, metrics, self.get_stats(), errors, self.world.now)

    def subscribe(self, callback: Callable[[StatusEvent], Any]) -> Callable[[], None]:
        """No event ever comes; returns what ends it."""
        self._subscribers.append(callback)
        return lambda: self._subscribers.remove(callback)

    def frame(self) -> Frame:
        """The picture now; time passes up to now first."""
        self.frames += 1
        return frame_of(self._go_on(), self.name, self.mode)

    async def find_tasks(self, query: TaskQuery) -> TaskPage:
        """Rows of the table of tasks."""
        return await page_of(list(self.world.newest_first()), query, self._searcher)

    def iter_tasks(self, search: str = "") -> Iterator[TaskView]:
        """All that match, newest first."""
        return select(self.world.newest_first(), search)

    async def task(self, task_id: str) -> TaskDetail | None:
        """One task with a timeline made of its row."""
        task = self.world.tasks.get(task_id)
        if task is None:
            return None
        times = (
            ("received", task.received),
            ("started", task.started),
            (task.state, task.finished),
        )
        stage = task.name if self.kind == "pipeline" else None
        timeline = [Step(state, at, stage, task.worker) for state, at in times if at is not None]
        raw = [event for event in self.world.events if event["uuid"] == task_id]
        return TaskDetail(task, timeline, [task], raw)

    async def worker(self, name: str, *, refresh: bool = False) -> WorkerDetail | None:
        """One worker with some sections."""
        worker = self.world.workers.get(name)
        if worker is None:
            return None
        sections = {
            "stats": {"pool": {"max-concurrency": worker.concurrency}, "total": worker.processed},
            "active": [running.id for running in worker.running],
            "active_queues": [{"name": queue} for queue in worker.queues],
            "conf": {"broker_url": "redis://:hunter2@127.0.0.1/0", "task_default_queue": "celery"},
            "registered": self.world.groups,
        }
        return WorkerDetail(worker, sections if self.kind == "cluster" else {}, self.world.now)

    async def spans(self, since: float, worker: str | None = None, limit: int = 1_000) -> Spans:
        """What workers did, of the tasks that are kept."""
        return newest_spans(map(_spans, self.world.newest_first()), since, worker, limit)

    def schedule(self) -> list[ScheduleEntry]:
        """Two entries of a cluster."""
        if self.kind == "pipeline" or self.mode == "empty":
            return []
        name, now = self.world.groups, self.world.now
        nightly = self.world.words.name("nightly", 0)
        return [
            ScheduleEntry("every half minute", name[1], "every 30 seconds", now - 12, now + 18),
            ScheduleEntry(nightly, name[2], "crontab 0 4 * * *", next_run=now + 3_600, runs=3),
        ]

    def events(self, after: int = 0, limit: int = 500) -> tuple[int, list[dict[str, Any]]]:
        """Raw events after a sequence number, and the number of the last."""
        found = [event for event in self.world.events if event["seq"] > after]
        return self.world.last_event, found[-limit:] if limit else []

    async def command(
        self, verb: str, target: str | None = None, arguments: Mapping[str, Any] | None = None
    ) -> list[Answer]:
        """Do it to the made-up world.

        Raises:
            NotFoundError: no such target.
            ValueError: an unknown verb, or arguments that it does not take.
        """
        asked = verb_named(self.verbs, verb, self.name)
        given = checked(asked, arguments or {})
        answers = obey(self.world, self.name, asked, target or "", given)
        self.commands.append((verb, target, given))
        return answers

    def settings(self) -> dict[str, Any]:
        """What it was told."""
        return {"kind": self.kind, "mode": self.mode, "workers": len(self.world.workers)}


def _spans(task: TaskView) -> list[Span]:
    if task.worker is None or task.started is None or task.finished is None:
        return []
    failed = task.state in {"FAILURE", "failed"}
    return [Span(task.worker, task.id, task.name, task.started, task.finished, failed)]
