"""`Report`: what a pipeline answers when asked how it does."""

from __future__ import annotations

from antflow.pipeline.explain import explain
from antflow.pipeline.ledger import Ledger
from antflow.pipeline.stage import Stage
from antflow.types import (
    DashboardSnapshot,
    ErrorSummary,
    PipelineStats,
    WorkerMetrics,
    WorkerState,
)


class Report:
    """The questions; `Pipeline` inherits them. All answers are copies, live at any moment."""

    stages: list[Stage]
    _ledger: Ledger

    def get_stats(self) -> PipelineStats:
        """The counts, over all runs."""
        return self._ledger.stats()

    def get_worker_names(self) -> dict[str, list[str]]:
        """Names of the workers, by stage."""
        return self._ledger.worker_names()

    def get_worker_states(self) -> dict[str, WorkerState]:
        """What each worker is doing now, by worker name."""
        return self._ledger.states()

    def get_worker_metrics(self) -> dict[str, WorkerMetrics]:
        """What each worker has done over all runs, by worker name."""
        return self._ledger.metrics()

    def get_dashboard_snapshot(self) -> DashboardSnapshot:
        """A consistent copy of states, metrics, counts and the newest 100 failures."""
        return self._ledger.snapshot()

    def get_error_summary(self) -> ErrorSummary:
        """All failures, counted and listed, over all runs."""
        return self._ledger.error_summary()

    def explain(self) -> str:
        """Print the stages with their workers, capacities and limits; returns the text."""
        names = self.get_worker_names()
        text = explain(self.stages, {stage: len(workers) for stage, workers in names.items()})
        print(text)  # noqa: T201 — the method is for people at a prompt
        return text
