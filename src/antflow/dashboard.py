"""`PipelineDashboard`: queries, event subscriptions and periodic updates in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from antflow.exceptions import PipelineError
from antflow.ticker import Ticker, positive_seconds
from antflow.types import DashboardSnapshot, PipelineStats, WorkerMetrics, WorkerState

if TYPE_CHECKING:
    from antflow.pipeline import Pipeline
    from antflow.tracker import StatusTracker
    from antflow.types import StatusEvent

_QUERIES = ("get_dashboard_snapshot", "get_stats", "get_worker_states", "get_worker_metrics")


class PipelineDashboard:
    """What a dashboard of your own needs: ask, subscribe, and be called at intervals.

    Used as `async with PipelineDashboard(…): await pipeline.run(items)`, it calls `on_update`
    at once, then every `update_interval` seconds, and once more with the final state.

    Args:
        pipeline: the pipeline to watch.
        tracker: the pipeline's tracker, for `subscribe`; None where no events are wanted.
        on_update: called with a `DashboardSnapshot`; sync or async. An exception in it is
            logged once per kind and changes nothing.
        update_interval: seconds between updates; 1.0 by default.

    Raises:
        TypeError: the pipeline is none, `on_update` cannot be called, or the interval is not
            a number.
        ValueError: the interval is not above 0.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        tracker: StatusTracker | None,
        on_update: Callable[[DashboardSnapshot], Any] | None = None,
        update_interval: float = 1.0,
    ) -> None:
        if not all(callable(getattr(pipeline, query, None)) for query in _QUERIES):
            raise TypeError(f"pipeline must be a Pipeline, got {pipeline!r}")
        if on_update is not None and not callable(on_update):
            raise TypeError(f"on_update must be callable or None, got {on_update!r}")
        self.pipeline = pipeline
        self.tracker = tracker
        self.on_update = on_update
        self.update_interval = positive_seconds("update_interval", update_interval)
        self._ticker: Ticker | None = None

    def subscribe(self, callback: Callable[[StatusEvent], Any]) -> None:
        """Call `callback` (sync or async) with every `StatusEvent` from now on.

        Raises:
            PipelineError: the dashboard was made without a tracker.
        """
        if self.tracker is None:
            raise PipelineError(
                "this dashboard has no tracker to subscribe to; give the same StatusTracker to "
                "Pipeline(status_tracker=…) and to PipelineDashboard(pipeline, tracker)"
            )
        self.tracker.subscribe(callback)

    def unsubscribe(self, callback: Callable[[StatusEvent], Any]) -> None:
        """Send no more events to `callback`; an unknown one is ignored."""
        if self.tracker is not None:
            self.tracker.unsubscribe(callback)

    def get_snapshot(self) -> DashboardSnapshot:
        """A consistent copy of the pipeline's state now."""
        return self.pipeline.get_dashboard_snapshot()

    def get_stats(self) -> PipelineStats:
        """The pipeline's counts."""
        return self.pipeline.get_stats()

    def get_worker_states(self) -> dict[str, WorkerState]:
        """What each worker is doing, by its name."""
        return self.pipeline.get_worker_states()

    def get_worker_metrics(self) -> dict[str, WorkerMetrics]:
        """What each worker has done, by its name."""
        return self.pipeline.get_worker_metrics()

    def get_active_workers(self) -> list[str]:
        """Names of the workers that hold an item."""
        return self._workers_that_are("busy")

    def get_idle_workers(self) -> list[str]:
        """Names of the workers that hold none."""
        return self._workers_that_are("idle")

    def _workers_that_are(self, status: str) -> list[str]:
        states = self.get_worker_states()
        return [name for name, state in states.items() if state.status == status]

    def get_worker_utilization(self) -> dict[str, float]:
        """By worker: processed / (processed + failed), from 0.0 to 1.0; 0.0 before the first."""
        return {name: _success_rate(metric) for name, metric in self.get_worker_metrics().items()}

    async def start_monitoring(self) -> None:
        """Call `on_update` now and from now on; a second call changes nothing."""
        if self._ticker is None:
            self._ticker = Ticker(self._update, self.update_interval)
        await self._ticker.start()

    async def stop_monitoring(self) -> None:
        """Call `on_update` with the final state, then no more; a second call changes nothing."""
        ticker, self._ticker = self._ticker, None
        if ticker is not None:
            await ticker.stop()

    def _update(self) -> Any:
        return None if self.on_update is None else self.on_update(self.get_snapshot())

    async def __aenter__(self) -> PipelineDashboard:
        await self.start_monitoring()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.stop_monitoring()


def _success_rate(metric: WorkerMetrics) -> float:
    items = metric.items_processed + metric.items_failed
    return metric.items_processed / items if items else 0.0
