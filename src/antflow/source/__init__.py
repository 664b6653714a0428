"""What the pages, the HTTP API and the command line know of whatever they show.

A `Source` is a local pipeline, a Celery cluster or a test's fake. Its records are the same for
all of them, so every page works on each.
"""

from antflow.source.protocol import Source, TaskQuery, Unsubscribe
from antflow.source.records import (
    Answer,
    FailureGroup,
    Frame,
    Group,
    Health,
    Latency,
    QueueView,
    RunningTask,
    ScheduleEntry,
    Step,
    TaskDetail,
    TaskPage,
    TaskView,
    Totals,
    WorkerDetail,
    WorkerView,
)
from antflow.source.verbs import Argument, Verb

__all__ = [
    "Answer",
    "Argument",
    "FailureGroup",
    "Frame",
    "Group",
    "Health",
    "Latency",
    "QueueView",
    "RunningTask",
    "ScheduleEntry",
    "Source",
    "Step",
    "TaskDetail",
    "TaskPage",
    "TaskQuery",
    "TaskView",
    "Totals",
    "Unsubscribe",
    "Verb",
    "WorkerDetail",
    "WorkerView",
]
