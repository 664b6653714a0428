"""The records that pages show. Times are Unix seconds, durations and ages seconds; None: unknown.

A *group* is what tasks belong to: a stage of a pipeline, a task type of a cluster. A *task* is a
unit of work: an item of a pipeline, a task of a cluster.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

WorkerStatus = Literal["busy", "idle", "paused", "offline"]
SourceState = Literal["starting", "running", "paused", "idle", "finished", "stale", "disconnected"]


class Health(Struct, frozen=True):
    """Whether what is shown can be trusted.

    Attributes:
        state: `stale`: the source said nothing for longer than it should; `disconnected`: it
            cannot be reached; else what it is doing.
        connected: whether the source can be reached now.
        reason: why it is stale, disconnected or failing, in one line.
        last_event: when the newest event came.
        lag: how far the newest event applied is behind, in seconds.
        received: events that came so far.
        lost: events or tasks known to be missed.
        malformed: events that could not be read.
        deaf: seconds in all during which no event could come.
        drift: clock of a worker less ours, in seconds, for those beyond a second.
    """

    state: SourceState
    connected: bool = True
    reason: str | None = None
    last_event: float | None = None
    lag: float = 0.0
    received: int = 0
    lost: int = 0
    malformed: int = 0
    deaf: float = 0.0
    drift: dict[str, float] = {}


class Totals(Struct, frozen=True):
    """The whole source in figures.

    Attributes:
        fed: tasks that came in.
        succeeded: ended well.
        failed: failed for good.
        dropped: filtered out.
        cancelled: revoked or ended from outside.
        in_flight: came in and have no outcome.
        retried: further attempts made.
        expected: tasks to expect in all; None where nobody knows.
        throughput: tasks ended a second, lately.
        history: throughput of the last 60 seconds, one figure a second, oldest first.
        eta: seconds left.
        eta_low: the same at the fastest recent pace.
        eta_high: the same at the slowest recent pace.
        started: when the source, or its run, started.
    """

    fed: int = 0
    succeeded: int = 0
    failed: int = 0
    dropped: int = 0
    cancelled: int = 0
    in_flight: int = 0
    retried: int = 0
    expected: int | None = None
    throughput: float = 0.0
    history: tuple[float, ...] = ()
    eta: float | None = None
    eta_low: float | None = None
    eta_high: float | None = None
    started: float | None = None


class Latency(Struct, frozen=True):
    """Quantiles of a duration over the last hour at most, in seconds; None before the first."""

    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


class Group(Struct, frozen=True):
    """One stage of a pipeline or one task type of a cluster.

    Attributes:
        name: its name.
        order: position of a stage, from 0; None: groups have no order.
        queued: tasks waiting before it.
        capacity: places in that queue; None: no bound.
        running: tasks in its workers' hands.
        waiting: tasks that wait for their next attempt.
        succeeded: tasks that ended well here.
        failed: tasks that failed here for good.
        retried: further attempts.
        busy: workers that hold a task of it; None where workers belong to no group.
        workers: workers in all; None likewise.
        rate_in: tasks that came, per second.
        rate_out: tasks that left, per second.
        running_time: how long tasks run.
        waiting_time: how long they wait before they run.
        failure_ratio: share of those ended in the last hour that failed, 0.0 to 1.0.
        paused: whether it takes nothing new.
        bottleneck: why this group sets the pace; None where it does not.
        stuck: tasks that run far longer than usual.
    """

    name: str
    order: int | None = None
    queued: int = 0
    capacity: int | None = None
    running: int = 0
    waiting: int = 0
    succeeded: int = 0
    failed: int = 0
    retried: int = 0
    busy: int | None = None
    workers: int | None = None
    rate_in: float = 0.0
    rate_out: float = 0.0
    running_time: Latency = Latency()
    waiting_time: Latency = Latency()
    failure_ratio: float = 0.0
    paused: bool = False
    bottleneck: str | None = None
    stuck: int = 0


class RunningTask(Struct, frozen=True):
    """A task in a worker's hands.

    Attributes:
        id: its id, as text.
        name: its type, or the running task's name or status text.
        started: when the worker took it.
        stuck: runs far longer than its group's usual time (5 times the p95).
        waiting_for: what holds it up (`room`, `retry`, `rate`, …); None: it runs.
    """

    id: str
    name: str | None = None
    started: float | None = None
    stuck: bool = False
    waiting_for: str | None = None


class WorkerView(Struct, frozen=True):
    """A row of the table of workers.

    Attributes:
        name: `Fetch-W0` or `celery@host`.
        status: see `WorkerStatus`.
        group: its stage; None for a worker of a cluster.
        pool: `prefork`, `threads`, …; None where unknown or local.
        concurrency: tasks it can run at once.
        active: tasks it runs.
        running: those tasks (the oldest 20).
        processed: tasks that it ended, in whatever way.
        succeeded: …of these, well.
        failed: …of these, for good.
        retried: further attempts.
        load: load averages of its machine over 1, 5 and 15 minutes.
        queues: names of the queues it consumes.
        last_seen: when it last gave a sign.
        drift: its clock less ours, in seconds.
        missed: tasks it processed that no event told of.
        version: its software, such as `py-celery 5.7.0`.
    """

    name: str
    status: WorkerStatus
    group: str | None = None
    pool: str | None = None
    concurrency: int | None = None
    active: int = 0
    running: tuple[RunningTask, ...] = ()
    processed: int = 0
    succeeded: int = 0
    failed: int = 0
    retried: int = 0
    load: tuple[float, float, float] | None = None
    queues: tuple[str, ...] = ()
    last_seen: float | None = None
    drift: float = 0.0
    missed: int = 0
    version: str | None = None


class WorkerDetail(Struct, frozen=True):
    """One worker in full.

    Attributes:
        worker: its row.
        sections: raw answers by name (`stats`, `active`, `conf`, …), secrets removed.
        asked: when those answers came; None: never.
        error: why there are none, or not all.
    """

    worker: WorkerView
    sections: dict[str, Any] = {}
    asked: float | None = None
    error: str | None = None


class QueueView(Struct, frozen=True):
    """One queue.

    Attributes:
        name: its name.
        messages: messages in it, ready and unacknowledged; None: the broker does not say.
        ready: waiting for a consumer.
        unacked: delivered and not acknowledged.
        capacity: places; None: no bound.
        consumers: who takes from it.
        rate_in: messages a second in.
        rate_out: messages a second out.
        oldest: when the oldest message was sent.
        oldest_at_least: `oldest` is when it was first seen at the head: it is at least so old.
        paused: no worker takes from it, on purpose.
    """

    name: str
    messages: int | None = None
    ready: int | None = None
    unacked: int | None = None
    capacity: int | None = None
    consumers: int | None = None
    rate_in: float | None = None
    rate_out: float | None = None
    oldest: float | None = None
    oldest_at_least: bool = False
    paused: bool = False


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


class TaskView(Struct, frozen=True):
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


class Frame(Struct, frozen=True):
    """Everything that the live pages show, at one moment.

    Attributes:
        source: the source's name.
        at: when.
        health: whether it can be trusted.
        totals: the whole in figures.
        groups: stages in order, or task types by name.
        workers: rows by name.
        queues: rows by name.
        failures: the largest 50 groups.
        states: tasks by state.
    """

    source: str
    at: float
    health: Health
    totals: Totals
    groups: list[Group] = []
    workers: list[WorkerView] = []
    queues: list[QueueView] = []
    failures: list[FailureGroup] = []
    states: dict[str, int] = {}


class Answer(Struct, frozen=True):
    """What one worker, or the source itself, answered to a command.

    Attributes:
        who: the worker, or the source's name.
        ok: whether it did what was asked.
        message: what it said.
    """

    who: str
    ok: bool
    message: str = ""
