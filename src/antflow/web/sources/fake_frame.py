"""The frame of a made-up world."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Literal

from antflow.source import (
    FailureGroup,
    Frame,
    Group,
    Health,
    Latency,
    QueueView,
    TaskView,
    Totals,
)
from antflow.web.sources.fake_world import World

Mode = Literal["live", "stale", "disconnected", "empty"]

_GOOD = ("SUCCESS", "completed", "skipped")
_BAD = ("FAILURE", "failed")
_CANCELLED = ("REVOKED", "cancelled")
_RUNNING = ("STARTED", "in_progress")
_WAITING = ("PENDING", "RECEIVED", "queued", "RETRY", "retrying")
_DROPPED = ("REJECTED", "dropped")


def frame_of(world: World, name: str, mode: Mode) -> Frame:
    """Everything that the live pages show of it."""
    busy = Counter(running.name for w in world.workers.values() for running in w.running)
    return Frame(
        source=name,
        at=world.now,
        health=health_of(world, mode),
        totals=totals_of(world),
        groups=[group_of(world, group, busy) for group in world.groups],
        workers=list(world.workers.values()),
        queues=queues_of(world) if world.kind == "cluster" else [],
        failures=failures_of(world),
        states={state: count for state, count in sorted(world.states.items()) if count},
    )


def health_of(world: World, mode: Mode) -> Health:
    """As the mode says."""
    drift = {w.name: w.drift for w in world.workers.values() if abs(w.drift) > 1}
    told = {"received": world.last_event, "drift": drift}
    if mode == "disconnected":
        reason = "no connection to redis://127.0.0.1:6379/0: refused"
        return Health("disconnected", False, reason, world.begun, deaf=world.now - world.begun)
    if mode == "stale":
        silent = world.now - world.begun + 42.0
        return Health("stale", True, f"nothing came for {silent:.0f} s", world.now - silent)
    if not world.workers:
        return Health("idle", last_event=None)
    return Health("running", last_event=world.now, lag=0.02, lost=1, malformed=2, **told)  # type: ignore[arg-type]


def totals_of(world: World) -> Totals:
    """The counts; they agree with the states."""
    states = world.states

    def count(*names: str) -> int:
        return sum(states[name] for name in names)

    throughput = world.ended_since(world.now - 10.0) / 10.0
    left = count(*_RUNNING, *_WAITING)
    expected = sum(states.values()) + 5_000 if world.kind == "pipeline" else None
    eta = (left + 5_000) / throughput if expected and throughput else None
    return Totals(
        fed=sum(states.values()),
        succeeded=count(*_GOOD),
        failed=count(*_BAD),
        dropped=count(*_DROPPED),
        cancelled=count(*_CANCELLED),
        in_flight=left,
        retried=sum(tally.retried for tally in world.tallies.values()),
        expected=expected,
        throughput=throughput,
        history=tuple(world.history),
        eta=eta,
        eta_low=eta and eta * 0.8,
        eta_high=eta and eta * 1.5,
        started=world.begun,
    )


def group_of(world: World, group: str, busy: Counter[str | None]) -> Group:
    """One stage or task type."""
    tally, order = world.tallies[group], world.groups.index(group)
    local = world.kind == "pipeline"
    ended = tally.succeeded + tally.failed
    waiting = world.states["RETRY"] + world.states["retrying"]
    return Group(
        name=group,
        order=order if local else None,
        queued=(7 * order + int(world.now)) % 50,
        capacity=50 if local else None,
        running=busy[group],
        waiting=waiting if order == 0 else 0,
        succeeded=tally.succeeded,
        failed=tally.failed,
        retried=tally.retried,
        busy=busy[group] if local else None,
        workers=sum(w.group == group for w in world.workers.values()) if local else None,
        rate_in=world.rate / len(world.groups),
        rate_out=world.rate / len(world.groups),
        running_time=_quantiles(tally.durations),
        waiting_time=_quantiles([one / 3 for one in tally.durations]),
        failure_ratio=tally.failed / ended if ended else 0.0,
        paused=group in world.paused,
        bottleneck="all its workers are busy, its queue grows" if order == 1 and local else None,
        stuck=int(order == 2),
    )


def _quantiles(durations: Iterable[float]) -> Latency:
    ranked = sorted(durations)
    if not ranked:
        return Latency()
    p50, p95, p99 = (ranked[min(int(len(ranked) * q), len(ranked) - 1)] for q in (0.5, 0.95, 0.99))
    return Latency(p50, p95, p99)


def queues_of(world: World) -> list[QueueView]:
    """The queues of a cluster; the last one's broker tells little."""
    rows = []
    for number, queue in enumerate(world.queue_names):
        ready = (13 * number + int(world.now) * 3) % 400
        consumers = sum(queue in w.queues for w in world.workers.values() if w.status != "offline")
        if number == len(world.queue_names) - 1:
            rows.append(QueueView(queue, consumers=consumers, paused=queue in world.paused))
            continue
        rows.append(
            QueueView(
                queue,
                messages=ready + number,
                ready=ready,
                unacked=number,
                consumers=consumers,
                rate_in=world.rate / 3,
                rate_out=world.rate / 4,
                oldest=world.now - 30.0 * number,
                oldest_at_least=number == 1,
                paused=queue in world.paused,
            )
        )
    return rows


def failures_of(world: World) -> list[FailureGroup]:
    """The largest 50 groups of failures."""
    ranked = sorted(world.failed, key=lambda key: -world.failed_count[key])[:50]
    return [_failures(world, key, world.failed[key]) for key in ranked]


def _failures(world: World, key: tuple[str, str], tasks: Sequence[TaskView]) -> FailureGroup:
    newest = tasks[-1]
    trend = Counter(int((world.now - (task.finished or 0.0)) // 60) for task in tasks)
    return FailureGroup(
        exception=key[0],
        group=key[1],
        count=world.failed_count[key],
        first=tasks[0].finished or world.begun,
        last=newest.finished or world.begun,
        newest=newest.id,
        message=newest.exception or "",
        traceback=newest.traceback,
        trend=tuple(trend[minute] for minute in range(59, -1, -1)),
        tasks=tuple(task.id for task in islice(reversed(tasks), 50)),
    )
