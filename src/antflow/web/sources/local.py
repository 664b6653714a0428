"""`LocalSource`: a running pipeline as a source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from msgspec.structs import replace

from antflow.cluster.verbs import checked
from antflow.flow import Flow, capacities_of
from antflow.pipeline import Pipeline, Stage
from antflow.source import (
    Answer,
    Frame,
    ScheduleEntry,
    Spans,
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
    PipelineStats,
    StatusEvent,
    WorkerMetrics,
    WorkerState,
)
from antflow.web.sources.local_commands import Commands
from antflow.web.sources.local_events import Events
from antflow.web.sources.local_failures import Failures, traceback_of
from antflow.web.sources.local_frame import group_of, health_of, states_of, totals_of, workers_of
from antflow.web.sources.local_items import Items
from antflow.web.sources.local_pace import Pace
from antflow.web.sources.searching import Searcher, check_page, page_of, select
from antflow.web.sources.verb_table import LOCAL, verb_named
from antflow.web.turn import Turn


class LocalSource:
    """A pipeline of this process, shown and steered while it runs.

    A frame costs O(stages + workers), whatever went through. With a `StatusTracker`, items can
    be found and their way followed; without one, only those in workers' hands and failed ones.

    Args:
        pipeline: what is shown; it is neither started nor stopped.
        name: as in `Source`; `pipeline` by default.
        expected: items to come in all, for the time left; None where nobody knows.
        tick: seconds between two frames; 0.25 by default.

    Raises:
        ValueError: the tick is not above 0.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        name: str = "pipeline",
        *,
        expected: int | None = None,
        tick: float = 0.25,
    ) -> None:
        if tick <= 0:
            raise ValueError(f"tick must be above 0 seconds, got {tick}")
        self.name = name
        self.kind: Literal["pipeline", "cluster"] = "pipeline"
        self.tick = tick
        self.verbs: Mapping[str, Verb] = LOCAL
        self.pipeline = pipeline
        self._flow = Flow(capacities_of(pipeline.stages), expected)
        self._pace = Pace()
        self._failures = Failures(pipeline.get_error_summary)
        self._items = Items(pipeline)
        self._searcher = Searcher()
        self._events = Events(pipeline.tracker)
        self._commands = Commands(pipeline, self._items)
        self._started: float | None = None
        self._empty_at = 0.0

    async def start(self) -> None:
        """Begin to count."""
        self._flow.observe(self.pipeline.get_dashboard_snapshot())

    async def stop(self) -> None:
        """Follow it no more; the pipeline goes on."""
        self._events.stop()
        await self._commands.stop()

    def get_worker_states(self) -> dict[str, WorkerState]:
        """State by worker name."""
        return self.pipeline.get_worker_states()

    def get_worker_metrics(self) -> dict[str, WorkerMetrics]:
        """Metrics by worker name."""
        return self.pipeline.get_worker_metrics()

    def get_stats(self) -> PipelineStats:
        """The counts."""
        return self.pipeline.get_stats()

    def get_dashboard_snapshot(self) -> DashboardSnapshot:
        """A consistent picture."""
        return self.pipeline.get_dashboard_snapshot()

    def subscribe(self, callback: Callable[[StatusEvent], Any]) -> Callable[[], None]:
        """Have every status event; none comes from a pipeline without a tracker."""
        tracker = self.pipeline.tracker
        if tracker is None:
            return lambda: None
        tracker.subscribe(callback)
        return lambda: tracker.unsubscribe(callback)

    def _beginning(self, at: float, fed: int) -> float | None:
        """When the run began; None where nobody looked then, and no tracker remembers."""
        if not fed:
            self._empty_at = at
            return None
        oldest = self._items.oldest()
        if oldest is not None:
            return oldest
        return at if at - self._empty_at <= 2 * self.tick else None

    def frame(self) -> Frame:
        """Everything that the live pages show, now."""
        pipeline, paused = self.pipeline, self.pipeline.paused
        snapshot = pipeline.get_dashboard_snapshot()
        report = self._flow.observe(snapshot)
        self._pace.observe(snapshot, report.stages)
        self._failures.observe(snapshot.error_summary)
        self._events.relax()
        at, stats = snapshot.timestamp, snapshot.pipeline_stats
        usual = {stage.name: self._pace.running(stage.name, at) for stage in report.stages}
        workers = workers_of(snapshot, usual, paused)
        stuck = Counter(worker.group for worker in workers for task in worker.running if task.stuck)
        if self._started is None:
            self._started = self._beginning(at, stats.items_fed)
        return Frame(
            source=self.name,
            at=at,
            health=health_of(
                report,
                running=pipeline._engine is not None,
                paused=len(paused) == len(pipeline.stages),
            ),
            totals=totals_of(stats, report, self._started),
            groups=[
                group_of(
                    stage,
                    report,
                    self._pace,
                    order=order,
                    paused=stage.name in paused,
                    stuck=stuck[stage.name],
                )
                for order, stage in enumerate(report.stages)
            ],
            workers=workers,
            failures=self._failures.largest(at),
            states=states_of(stats, pipeline._ledger.failures.fed_again),
        )

    async def find_tasks(self, query: TaskQuery) -> TaskPage:
        """Rows of items; a search of many gives way to the pipeline in between.

        Raises:
            SearchError: the search cannot be read.
            ValueError: no such field to sort by.
        """
        check_page(query)
        total = self._items.count()
        if total is not None and query.sort == "-received" and not query.search.strip():
            rows = self._items.newest(query.offset, query.limit)
            return TaskPage(rows, total, query.offset)
        return await page_of(await self._all_rows(), query, self._searcher)

    async def _all_rows(self) -> list[TaskView]:
        turn, rows = Turn(), []
        for row in self._items.newest_first():
            rows.append(row)
            if turn.over:
                await turn.give_way()
        return rows

    def iter_tasks(self, search: str = "") -> Iterator[TaskView]:
        """All items that match, newest first."""
        return select(self._items.newest_first(), search)

    async def task(self, task_id: str) -> TaskDetail | None:
        """One item and its way through the stages."""
        row = self._items.row(task_id)
        if row is None:
            return None
        if row.state == "failed" and (failure := self._items.failure(task_id)) is not None:
            row = replace(row, traceback=traceback_of(failure))
        return TaskDetail(row, self._items.timeline(task_id))

    async def worker(self, name: str, *, refresh: bool = False) -> WorkerDetail | None:
        """One worker, with its stage's configuration."""
        frame = self.frame()
        found = next((worker for worker in frame.workers if worker.name == name), None)
        if found is None:
            return None
        stage = next(stage for stage in self.pipeline.stages if stage.name == found.group)
        metrics = self.pipeline.get_worker_metrics()[name]
        sections = {
            "stage": _stage(stage),
            "stats": {
                "seconds_in_tasks": metrics.total_processing_time,
                "seconds_per_item": metrics.avg_processing_time,
            },
        }
        return WorkerDetail(found, sections, frame.at)

    async def spans(self, since: float, worker: str | None = None, limit: int = 1_000) -> Spans:
        """What workers did that has ended, as far back as the tracker remembers."""
        known = self._items.remembered_since(self.pipeline.get_stats().items_fed)
        return newest_spans(self._items.newest_spans(), max(since, known), worker, limit)

    def schedule(self) -> list[ScheduleEntry]:
        """Nothing runs by the clock."""
        return []

    def events(self, after: int = 0, limit: int = 500) -> tuple[int, list[dict[str, Any]]]:
        """Status events after a sequence number; they are kept from the first question on."""
        found = self._events.since(after, limit)
        return self._events.last, found

    async def command(
        self, verb: str, target: str | None = None, arguments: Mapping[str, Any] | None = None
    ) -> list[Answer]:
        """Steer the pipeline.

        Raises:
            NotFoundError: no such stage or item.
            CommandRefusedError: the pipeline cannot; the text says why.
            ValueError: an unknown verb, or arguments that it does not take.
        """
        asked = verb_named(self.verbs, verb, self.name)
        said = await self._commands.obey(asked, target or "", checked(asked, arguments))
        return [Answer(self.name, True, said)]

    def settings(self) -> dict[str, Any]:
        """The stages as configured."""
        return {
            "stages": [_stage(stage) for stage in self.pipeline.stages],
            "tracked": self.pipeline.tracker is not None,
            "expected": self._flow.total,
        }


def _stage(stage: Stage) -> dict[str, Any]:
    return {
        "name": stage.name,
        "tasks": list(stage.task_names),
        "workers": stage.workers,
        "capacity": stage.capacity,
        "pull": stage.pull,
        "retry": stage.retry,
        "timeout": stage.timeout,
        "rate": None if stage.rate is None else str(stage.rate),
    }
