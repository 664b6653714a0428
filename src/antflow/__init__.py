"""Run work through stages of workers, see what every worker is doing, steer it while it runs."""

import logging

from antflow._version import __version__
from antflow.context import (
    call_rate_has_capacity,
    concurrency_limit,
    rate_limit,
    set_task_status,
)
from antflow.dashboard import PipelineDashboard
from antflow.exceptions import (
    AntFlowError,
    ExecutorShutdownError,
    PipelineError,
    StageValidationError,
    TaskFailedError,
)
from antflow.executor import AsyncExecutor, AsyncFuture, WaitStrategy
from antflow.loop import install_fast_loop
from antflow.pipeline import Pipeline, PipelineBuilder, Stage
from antflow.telemetry import configure_telemetry, telemetry_enabled
from antflow.tracker import StatusTracker
from antflow.types import (
    DROP,
    DashboardProtocol,
    DashboardSnapshot,
    ErrorSummary,
    FailedItem,
    Item,
    PipelineResult,
    PipelineStats,
    StageStats,
    StatusEvent,
    StatusType,
    TaskEvent,
    TaskEventType,
    TaskFunc,
    WorkerMetrics,
    WorkerState,
    WorkerStatus,
)

__all__ = [
    "DROP",
    "AntFlowError",
    "AsyncExecutor",
    "AsyncFuture",
    "DashboardProtocol",
    "DashboardSnapshot",
    "ErrorSummary",
    "ExecutorShutdownError",
    "FailedItem",
    "Item",
    "Pipeline",
    "PipelineBuilder",
    "PipelineDashboard",
    "PipelineError",
    "PipelineResult",
    "PipelineStats",
    "Stage",
    "StageStats",
    "StageValidationError",
    "StatusEvent",
    "StatusTracker",
    "StatusType",
    "TaskEvent",
    "TaskEventType",
    "TaskFailedError",
    "TaskFunc",
    "WaitStrategy",
    "WorkerMetrics",
    "WorkerState",
    "WorkerStatus",
    "__version__",
    "call_rate_has_capacity",
    "concurrency_limit",
    "configure_telemetry",
    "install_fast_loop",
    "rate_limit",
    "set_task_status",
    "telemetry_enabled",
]

logging.getLogger("antflow").addHandler(logging.NullHandler())
