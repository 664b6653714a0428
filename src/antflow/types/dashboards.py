"""The picture of a pipeline at one moment, and what draws it."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from msgspec import Struct

from antflow.records import answer_as_dataclasses
from antflow.types.failures import ErrorSummary
from antflow.types.items import PipelineResult
from antflow.types.stats import PipelineStats
from antflow.types.workers import WorkerMetrics, WorkerState


class DashboardSnapshot(Struct, frozen=True):
    """A consistent picture of a pipeline at one moment.

    Attributes:
        worker_states: state by worker name.
        worker_metrics: metrics by worker name.
        pipeline_stats: the counts.
        error_summary: the failures; lists the newest 100.
        timestamp: Unix seconds.
    """

    worker_states: dict[str, WorkerState]
    worker_metrics: dict[str, WorkerMetrics]
    pipeline_stats: PipelineStats
    error_summary: ErrorSummary
    timestamp: float


@runtime_checkable
class DashboardProtocol(Protocol):
    """What `run(custom_dashboard=…)` calls; each method may be sync or async."""

    def on_start(self, pipeline: Any, total: int | None) -> Any:
        """Called once before the first item.

        Args:
            pipeline: the `Pipeline` that runs; `Any`, as records know nothing of what fills them.
            total: items to expect; None where the source has no length.
        """

    def on_update(self, snapshot: DashboardSnapshot) -> Any:
        """Called at once, then every `dashboard_update_interval` seconds, and at the end."""

    def on_finish(self, results: list[PipelineResult], summary: ErrorSummary) -> Any:
        """Called once after the last item, also when the run was cancelled."""


answer_as_dataclasses(DashboardSnapshot)
