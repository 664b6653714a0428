"""Pipelines: stages of workers on one event loop."""

from antflow.pipeline.builder import PipelineBuilder
from antflow.pipeline.pipeline import Pipeline
from antflow.pipeline.stage import Stage
from antflow.types import (
    DROP,
    DashboardSnapshot,
    ErrorSummary,
    FailedItem,
    Item,
    PipelineResult,
    PipelineStats,
    StageStats,
    WorkerMetrics,
    WorkerState,
)

__all__ = [
    "DROP",
    "DashboardSnapshot",
    "ErrorSummary",
    "FailedItem",
    "Item",
    "Pipeline",
    "PipelineBuilder",
    "PipelineResult",
    "PipelineStats",
    "Stage",
    "StageStats",
    "WorkerMetrics",
    "WorkerState",
]
