"""Task types, failures and totals as pages show them, from the state's meters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from antflow.source import FailureGroup, Group, Totals

if TYPE_CHECKING:
    from antflow.cluster.state import ClusterState, TypeMeter

FAILURES_SHOWN = 50
"""Groups of failures in a frame, the largest."""

UNNAMED = "(unknown)"
"""What tasks are shown under whose type no event has told yet."""


def groups(state: ClusterState) -> list[Group]:
    """A row for each task type, by name."""
    meters = state.meters.types
    return [_group(meters[name]) for name in sorted(meters) if _counts(meters[name])]


def _counts(meter: TypeMeter) -> bool:
    return bool(meter.name or meter.known)


def _group(meter: TypeMeter) -> Group:
    states = meter.states
    return Group(
        name=meter.name or UNNAMED,
        queued=states["PENDING"] + states["RECEIVED"],
        running=max(0, meter.running),
        waiting=states["RETRY"],
        succeeded=succeeded(meter),
        failed=failed(meter),
        retried=meter.retried,
        rate_out=meter.throughput,
        running_time=meter.runtimes(),
        waiting_time=meter.waits(),
        failure_ratio=meter.failure_ratio,
        stuck=len(meter.stuck),
    )


def succeeded(meter: TypeMeter) -> int:
    """Tasks that ended well: those seen, or those known from the history, whichever is more."""
    return max(meter.succeeded, meter.states["SUCCESS"])


def failed(meter: TypeMeter) -> int:
    """Tasks that failed, likewise."""
    return max(meter.failed, meter.states["FAILURE"])


def cancelled(meter: TypeMeter) -> int:
    """Tasks that were revoked or rejected, likewise."""
    ended = meter.states["REVOKED"] + meter.states["REJECTED"]
    return max(meter.revoked + meter.rejected, ended)


def totals(state: ClusterState, started: float | None) -> Totals:
    """The whole cluster in figures; `fed` is the sum of what ended and what is open."""
    meters = state.meters.types.values()
    states = state.states()
    open_tasks = sum(states.get(name, 0) for name in ("PENDING", "RECEIVED", "STARTED", "RETRY"))
    ended = [sum(map(count, meters)) for count in (succeeded, failed, cancelled)]
    return Totals(
        fed=sum(ended) + open_tasks,
        succeeded=ended[0],
        failed=ended[1],
        cancelled=ended[2],
        in_flight=open_tasks,
        retried=sum(meter.retried for meter in meters),
        throughput=state.meters.throughput,
        history=state.meters.history,
        started=started,
    )


def failure_groups(state: ClusterState, now: float) -> list[FailureGroup]:
    """The largest groups of failures, the largest first."""
    return [
        FailureGroup(
            exception=group.exception,
            group=group.group or UNNAMED,
            count=group.count,
            first=group.first,
            last=group.last,
            newest=group.newest,
            message=group.message,
            traceback=group.traceback,
            trend=group.trend(now),
            tasks=tuple(reversed(group.tasks)),
        )
        for group in state.failures.largest(FAILURES_SHOWN)
    ]
