"""`Pipeline`: the facade. It checks, starts and ends runs, and answers questions."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Sequence
from contextlib import nullcontext
from operator import attrgetter
from types import TracebackType
from typing import Any

from antflow import hooks
from antflow.exceptions import PipelineError
from antflow.pipeline.builder import PipelineBuilder, quick_stages
from antflow.pipeline.control import Control
from antflow.pipeline.engine import Engine, EngineFactory, local_engine
from antflow.pipeline.envelope import DEFAULT_PRIORITY
from antflow.pipeline.ledger import Ledger
from antflow.pipeline.report import Report
from antflow.pipeline.session import HURRY, Session, total_of
from antflow.pipeline.stage import Stage, check_stages
from antflow.tracker import StatusTracker
from antflow.types import (
    DashboardProtocol,
    Item,
    PipelineResult,
    TaskFunc,
)

logger = logging.getLogger("antflow")

Source = Iterable[Any] | AsyncIterable[Any]


class Pipeline(Control, Report):
    """Runs items through stages of workers.

    Args:
        stages: at least one; names are unique; the first is not a pull stage.
        collect_results: keep the results for `run` and `results`.
        status_tracker: records every event of every item; None: only counts are kept.
        engine: what runs the stages, made anew at each start; None: this event loop.

    Attributes:
        stages: as given.
        collect_results: as given.
        tracker: as given.
        unprocessed: what the last run left without an outcome of its own when it was stopped;
            each `Item` names the stage where it goes on when it is fed again.

    Raises:
        PipelineError: no stages, or a pull stage first.
        StageValidationError: a stage's configuration cannot work, or two share a name.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        collect_results: bool = True,
        status_tracker: StatusTracker | None = None,
        *,
        engine: EngineFactory | None = None,
    ) -> None:
        self.stages = list(stages)
        self.collect_results = collect_results
        self.tracker = status_tracker
        self.unprocessed: list[Item] = []
        check_stages(self.stages)
        self._ledger = Ledger(self.stages)
        self._engine: Engine | None = None
        self._make_engine = engine
        self._exclusive = False
        self._results: list[PipelineResult] = []
        self._paused = set()
        if status_tracker is not None:
            status_tracker.watch(self._ledger)

    @staticmethod
    def create() -> PipelineBuilder:
        """A builder: `Pipeline.create().add("Fetch", fetch).add("Store", store).build()`."""
        return PipelineBuilder()

    @classmethod
    async def quick(
        cls,
        items: Source,
        tasks: TaskFunc | Sequence[TaskFunc],
        workers: int = 5,
        retries: int = 3,
        progress: bool = False,
        dashboard: str | None = None,
    ) -> list[PipelineResult]:
        """Run items through one stage per task, named after it (`fetch_page` → `FetchPage`).

        Args:
            items: as for `run`.
            tasks: one task, or several.
            workers: of each stage.
            retries: attempts of each task; 1 means no retry.
            progress: as for `run`.
            dashboard: as for `run`.
        """
        pipeline = cls(quick_stages(tasks, workers, retries))
        return await pipeline.run(items, progress=progress, dashboard=dashboard)

    # -- whole runs -----------------------------------------------------------------------------

    async def run(
        self,
        items: Source,
        progress: bool = False,
        dashboard: str | None = None,
        custom_dashboard: DashboardProtocol | None = None,
        dashboard_update_interval: float = 0.5,
        include_failures: bool = False,
    ) -> list[PipelineResult]:
        """Bring every item to its outcome.

        Args:
            items: any iterable or async iterable; read no faster than the stages take them.
            progress: show a progress bar.
            dashboard: show the display of this name: `progress`, `compact`, `detailed`,
                `full`, `web`, or one that somebody registered in the entry-point group
                `antflow.dashboards`.
            custom_dashboard: show it on this, too.
            dashboard_update_interval: seconds between updates of the displays.
            include_failures: return failed items in their place, with their `error`.

        Returns:
            The results of this run's items that did not fail, in input order.

        Raises:
            PipelineError: a run is going on.
            ValueError: progress together with dashboard, or an unknown dashboard.
            Exception: what the source raised; the items before it have their outcomes.
        """
        from antflow.pipeline.monitor import Monitor, find_displays  # with the engine

        displays = find_displays(progress, dashboard, custom_dashboard)
        monitor = Monitor(self, displays, items, dashboard_update_interval)
        async with Session(self, displays, failures=include_failures) as engine, monitor:
            try:
                await self._work_off(engine, items)
            finally:
                await engine.stop(0.0)
                monitor.results = _in_order(engine.results)
        if engine.failed and not include_failures:
            self._warn(engine.failed)
        return monitor.results

    async def stream(
        self, items: Source, progress: bool = False, buffer_size: int | None = None
    ) -> AsyncGenerator[PipelineResult, None]:
        """Give the results one by one as items end, failures (`result.error`) too.

        Leaving the loop early shuts the pipeline down.

        Args:
            items: as for `run`.
            progress: show a progress bar.
            buffer_size: results that may wait for the consumer; 0: each is handed over; None:
                as many as may wait before the last stage.

        Raises:
            PipelineError: a run is going on.
            ValueError: buffer_size below 0.
            Exception: what the source raised, after the results of the items before it.
        """
        from antflow.pipeline.channel import output_channel  # with the engine, when it is needed
        from antflow.pipeline.monitor import Monitor, find_displays

        output = output_channel(self.stages[-1], buffer_size)
        monitor = Monitor(self, find_displays(progress, None, None), items, 0.5)
        async with Session(self, [], collect=False, output=output) as engine, monitor:
            work = asyncio.create_task(self._work_off(engine, items))
            work.add_done_callback(lambda _: output.push(None))
            try:
                while not (work.done() and not output.waiting()):
                    try:
                        result = output.items.popleft()
                    except IndexError:
                        await output.wait()
                        continue
                    output.admit()
                    yield result
                await work
            finally:
                work.cancel()
                await engine.stop(0.0)
                await asyncio.wait([work])

    async def _work_off(self, engine: Engine, items: Source) -> None:
        hook = hooks.current()
        total = total_of(items)
        with hook.run(len(self.stages), total) if hook else nullcontext():
            try:
                await engine.feed(items, None, DEFAULT_PRIORITY)
            except Exception:
                await engine.join()
                raise
            await engine.join()

    # -- step by step ---------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the workers; then `feed`, `join`, `shutdown`.

        Raises:
            PipelineError: it is running already.
        """
        if self._exclusive or (self._engine is not None and not self._engine.abandon()):
            raise PipelineError("Pipeline is already running; call shutdown() first")
        self._open()

    async def feed(
        self, items: Source, target_stage: str | None = None, priority: float = DEFAULT_PRIORITY
    ) -> None:
        """Take items from the source, no faster than the stage takes them.

        Args:
            items: any iterable or async iterable.
            target_stage: name of the stage to enter at; None: the first.
            priority: lower goes first; first in, first out within one priority.

        Raises:
            ValueError: unknown stage.
            PipelineError: the pipeline is not started, or was shut down meanwhile.
            Exception: what the source raised; the items before it go on.
        """
        if target_stage is not None:
            self._stage_name(target_stage)
        if self._engine is None:
            raise PipelineError("the pipeline is not started; call start() before feed()")
        await self._engine.feed(items, target_stage, priority)

    async def feed_async(
        self,
        items: AsyncIterable[Any],
        target_stage: str | None = None,
        priority: float = DEFAULT_PRIORITY,
    ) -> None:
        """`feed` for an async iterable; `feed` takes both."""
        await self.feed(items, target_stage, priority)

    async def join(self) -> None:
        """Return when every item has its outcome and no feeder is producing."""
        if self._engine is not None:
            await self._engine.join()

    async def shutdown(self, timeout: float = 5.0) -> None:
        """Take nothing new and let running tasks end; what is left is in `unprocessed`.

        A warning on the logger `antflow` says how many items are left. A pipeline that is not
        running has nothing to shut down.

        Args:
            timeout: seconds, after which running tasks are cancelled; 0: at once.
        """
        if self._engine is not None:
            await self._end(timeout)

    async def __aenter__(self) -> Pipeline:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Without an error: `join`, then `shutdown`; with one: cancel what runs."""
        try:
            if error is None:
                await self.join()
        finally:
            await self.shutdown(5.0 if error is None else 0.0)

    def _open(self, **options: Any) -> Engine:
        record = self.tracker.recorder if self.tracker is not None else None
        options = {"collect": self.collect_results, **options}
        self._results = []
        self.unprocessed = []
        make_engine = self._make_engine or local_engine()
        self._engine = make_engine(self.stages, self._ledger, record, **options)
        for stage in self._paused:
            self._engine.pause(stage)
        return self._engine

    async def _end(self, timeout: float, patience: float | None = None) -> None:
        engine = self._engine
        try:
            if engine is not None and not engine.abandon():
                await engine.stop(timeout)
        except BaseException:
            patience = HURRY
            raise
        finally:
            if engine is not None and self._engine is engine:
                self._engine = None
                self._results = _in_order(engine.results)
                self._left_over(engine.unprocessed)
            if self.tracker is not None:
                await self.tracker.drain(patience)

    def _left_over(self, items: list[Item]) -> None:
        self.unprocessed = items
        if items:
            text = "%d items discarded; they are in pipeline.unprocessed, for run() or feed()"
            logger.warning(text, len(items))

    def _warn(self, failed: Counter[str]) -> None:
        logger.warning(
            "%d items failed (%s); see pipeline.get_error_summary(), or run with "
            "include_failures=True",
            failed.total(),
            ", ".join(f"{kind}: {count}" for kind, count in failed.most_common()),
        )

    @property
    def results(self) -> list[PipelineResult]:
        """The results since the last start, in input order; not those that `stream` gave."""
        return _in_order(self._engine.results) if self._engine else list(self._results)


def _in_order(results: list[PipelineResult]) -> list[PipelineResult]:
    return sorted(results, key=attrgetter("sequence_id"))
