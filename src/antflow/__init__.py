"""Run work through stages of workers, see what every worker is doing, steer it while it runs."""

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

from antflow._version import __version__
from antflow.context import (
    call_rate_has_capacity,
    concurrency_limit,
    rate_limit,
    set_task_status,
)
from antflow.exceptions import (
    AntFlowError,
    ExecutorShutdownError,
    PipelineError,
    StageValidationError,
    TaskFailedError,
)
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

if TYPE_CHECKING:
    from antflow.dashboard import PipelineDashboard
    from antflow.executor import AsyncExecutor, AsyncFuture, WaitStrategy

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

_WHEN_ASKED = {
    "AsyncExecutor": "antflow.executor",
    "AsyncFuture": "antflow.executor",
    "PipelineDashboard": "antflow.dashboard",
    "WaitStrategy": "antflow.executor",
}


def __getattr__(name: str) -> Any:
    """Import what a pipeline does not need when somebody asks for it."""
    if name not in _WHEN_ASKED:
        raise AttributeError(f"module 'antflow' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_WHEN_ASKED[name]), name)
    return value
