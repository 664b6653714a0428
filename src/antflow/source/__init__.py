"""What the pages, the HTTP API and the command line know of whatever they show.

A `Source` is a local pipeline, a Celery cluster or a test's fake. Its records are the same for
all of them, so every page works on each.
"""

from antflow.source.frame import (
    Frame,
    Group,
    Health,
    Latency,
    QueueView,
    SourceState,
    Totals,
)
from antflow.source.protocol import Source, TaskQuery, Unsubscribe
from antflow.source.spans import Span, Spans, newest_spans
from antflow.source.tasks import (
    FailureGroup,
    ScheduleEntry,
    Step,
    TaskDetail,
    TaskPage,
    TaskView,
)
from antflow.source.verbs import Answer, Argument, Role, TargetKind, Verb
from antflow.source.workers import RunningTask, WorkerDetail, WorkerStatus, WorkerView

__all__ = [
    "Answer",
    "Argument",
    "FailureGroup",
    "Frame",
    "Group",
    "Health",
    "Latency",
    "QueueView",
    "Role",
    "RunningTask",
    "ScheduleEntry",
    "Source",
    "SourceState",
    "Span",
    "Spans",
    "Step",
    "TargetKind",
    "TaskDetail",
    "TaskPage",
    "TaskQuery",
    "TaskView",
    "Totals",
    "Unsubscribe",
    "Verb",
    "WorkerDetail",
    "WorkerStatus",
    "WorkerView",
    "newest_spans",
]
