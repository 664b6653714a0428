"""Everything that the live pages show, at one moment.

A *group* is what tasks belong to: a stage of a pipeline, a task type of a cluster.

Times are Unix seconds, durations and ages seconds; None: unknown.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from antflow.source.tasks import FailureGroup
from antflow.source.workers import WorkerView

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
        retried: further attempts made; None: they are not counted.
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
    retried: int | None = 0
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
        retried: further attempts; None: they are not counted.
        busy: workers that hold a task of it; None where workers belong to no group.
        workers: workers in all; None likewise.
        rate_in: tasks that came, per second; None: not measured.
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
    retried: int | None = 0
    busy: int | None = None
    workers: int | None = None
    rate_in: float | None = None
    rate_out: float = 0.0
    running_time: Latency = Latency()
    waiting_time: Latency = Latency()
    failure_ratio: float = 0.0
    paused: bool = False
    bottleneck: str | None = None
    stuck: int = 0


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
