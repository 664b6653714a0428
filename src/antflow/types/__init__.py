"""The records that people see, for local pipelines and Celery clusters alike.

Timestamps are Unix seconds (float); durations are seconds on the monotonic clock.
Events, states, metrics and snapshots are frozen: what you hold never changes under you.
"""

from antflow.types.dashboards import DashboardProtocol, DashboardSnapshot
from antflow.types.events import StatusEvent, StatusType, TaskEvent, TaskEventType
from antflow.types.failures import ErrorSummary, FailedItem
from antflow.types.items import DROP, Drop, Item, PipelineResult, TaskFunc
from antflow.types.stats import PipelineStats, StageStats
from antflow.types.workers import WorkerMetrics, WorkerState, WorkerStatus

__all__ = [
    "DROP",
    "DashboardProtocol",
    "DashboardSnapshot",
    "Drop",
    "ErrorSummary",
    "FailedItem",
    "Item",
    "PipelineResult",
    "PipelineStats",
    "StageStats",
    "StatusEvent",
    "StatusType",
    "TaskEvent",
    "TaskEventType",
    "TaskFunc",
    "WorkerMetrics",
    "WorkerState",
    "WorkerStatus",
]
