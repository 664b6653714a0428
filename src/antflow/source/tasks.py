"""Tasks, as pages show them: items of a pipeline, or tasks of a cluster.

Times are Unix seconds, durations and ages seconds; None: unknown.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class TaskView(Struct, frozen=True, gc=False):
    """A row of the table of tasks. Texts of arguments and results may have been cut by Celery.

    Attributes:
        id: its id, as text.
        name: its type; for an item its newest stage.
        state: Celery's states in capitals, or an item's status.
        worker: who has or had it.
        args: positional arguments, as text; for an item its value, where it is known.
        kwargs: keyword arguments, as text.
        result: what it returned, as text.
        exception: the exception, as text.
        traceback: the traceback.
        received, started, finished: when it was.
        eta, expires: as the sender asked, as text.
        runtime: seconds it ran.
        retries: attempts beyond the first.
        queue, exchange, routing_key: how it came.
        root_id, parent_id: its ancestors.
        client: who sent it.
        orphaned: its worker died while it ran.
        stuck: it runs far longer than its type's usual time.
        cut: whether arguments or result are only a part.
    """

    id: str
    name: str | None = None
    state: str = "PENDING"
    worker: str | None = None
    args: str | None = None
    kwargs: str | None = None
    result: str | None = None
    exception: str | None = None
    traceback: str | None = None
    received: float | None = None
    started: float | None = None
    finished: float | None = None
    eta: str | None = None
    expires: str | None = None
    runtime: float | None = None
    retries: int = 0
    queue: str | None = None
    exchange: str | None = None
    routing_key: str | None = None
    root_id: str | None = None
    parent_id: str | None = None
    client: str | None = None
    orphaned: bool = False
    stuck: bool = False
    cut: bool = False


class TaskPage(Struct, frozen=True):
    """Some rows of a table of tasks, and how many there are in all.

    Attributes:
        tasks: the rows asked for.
        total: tasks that match.
        offset: position of the first row, from 0.
    """

    tasks: list[TaskView]
    total: int
    offset: int = 0


class Step(Struct, frozen=True):
    """One line of a task's timeline.

    Attributes:
        state: what it became.
        at: when.
        group: the stage, for items.
        worker: by whom.
        detail: more, in one line.
    """

    state: str
    at: float
    group: str | None = None
    worker: str | None = None
    detail: str | None = None


class TaskDetail(Struct, frozen=True):
    """One task in full.

    Attributes:
        task: its row.
        timeline: what happened to it, oldest first.
        tree: its root and all below it that is known (at most 1,000), parents before children.
        raw: the newest raw event's fields, secrets removed.
    """

    task: TaskView
    timeline: list[Step] = []
    tree: list[TaskView] = []
    raw: list[dict[str, Any]] = []


class FailureGroup(Struct, frozen=True):
    """Failures of one exception class in one group.

    Attributes:
        exception: name of the exception's class.
        group: stage or task type.
        count: how many.
        first: when the first failed.
        last: when the newest failed.
        newest: id of the newest.
        message: the newest one's text.
        traceback: the newest one's.
        trend: failures per minute over the last hour, oldest first.
        tasks: ids of the newest, at most 50.
    """

    exception: str
    group: str
    count: int
    first: float
    last: float
    newest: str
    message: str = ""
    traceback: str | None = None
    trend: tuple[int, ...] = ()
    tasks: tuple[str, ...] = ()


class ScheduleEntry(Struct, frozen=True):
    """An entry of the beat's schedule.

    Attributes:
        name: its name.
        task: the task's type.
        schedule: when, in words: `every 30 seconds`, `crontab 0 4 * * *`.
        last_run: when it last ran, from the events.
        next_run: when it is due, by its schedule.
        args, kwargs: its arguments, as text.
        queue: where it goes.
        runs: runs seen.
        last_state: state of its newest run.
    """

    name: str
    task: str
    schedule: str
    last_run: float | None = None
    next_run: float | None = None
    args: str = ""
    kwargs: str = ""
    queue: str | None = None
    runs: int = 0
    last_state: str | None = None
