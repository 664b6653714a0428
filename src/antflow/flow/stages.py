"""The stages of a pipeline between two marks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from antflow.flow.marks import Mark, StageMark
from antflow.flow.records import StageFlow, StageLoad
from antflow.flow.window import rate
from antflow.types import DashboardSnapshot, StageStats

_NOTHING = StageMark(0, 0, 0, 0, {}, 0.0, 0)


def stage_flows(
    base: DashboardSnapshot,
    snapshot: DashboardSnapshot,
    marks: tuple[Mark, Mark, Mark],
    capacities: Mapping[str, int | None],
    elapsed: float,
) -> tuple[StageFlow, ...]:
    """The stages at a snapshot, in order.

    Args:
        base: the snapshot to count from.
        snapshot: the newest one.
        marks: of the base, of where the rates reach back to, and of the snapshot.
        capacities: places in the queues, by stage name.
        elapsed: seconds since the base.
    """
    workers = Counter(state.stage for state in snapshot.worker_states.values())
    bases = base.pipeline_stats.stage_stats
    return tuple(
        _stage_flow(
            (bases.get(name, StageStats(name, 0, 0, 0, 0)), stats),
            tuple(mark.stages.get(name, _NOTHING) for mark in marks),
            capacities.get(name),
            workers[name],
            (marks[2].timestamp - marks[1].timestamp, elapsed),
        )
        for name, stats in snapshot.pipeline_stats.stage_stats.items()
    )


def _stage_flow(
    stats: tuple[StageStats, StageStats],
    marks: Sequence[StageMark],
    capacity: int | None,
    workers: int,
    seconds: tuple[float, float],
) -> StageFlow:
    base, now = stats
    first, then, newest = marks
    spent = newest.task_seconds - first.task_seconds
    items = newest.task_items - first.task_items
    offered = workers * seconds[1]
    return StageFlow(
        name=now.stage_name,
        queued=now.pending_items,
        capacity=capacity,
        retrying=now.waiting_items,
        busy=newest.busy,
        workers=workers,
        held=newest.held,
        done=now.completed_items - base.completed_items,
        failed=now.failed_items - base.failed_items,
        rate_in=rate(then.arrived, newest.arrived, seconds[0]),
        rate_out=rate(then.left, newest.left, seconds[0]),
        avg_seconds=spent / items if items else 0.0,
        utilisation=min(1.0, spent / offered) if offered else 0.0,
    )


def stage_load(stage: StageFlow, marks: Sequence[Mark]) -> StageLoad:
    """The stage's means over these marks."""
    seen = [mark.stages.get(stage.name, _NOTHING) for mark in marks]
    kinds = sorted({kind for one in seen for kind in one.held})
    return StageLoad(
        name=stage.name,
        workers=stage.workers,
        busy=sum(one.busy for one in seen) / len(seen),
        held={kind: sum(one.held.get(kind, 0) for one in seen) / len(seen) for kind in kinds},
        queued=sum(one.queued for one in seen) / len(seen),
        capacity=stage.capacity,
        rate_in=stage.rate_in,
        rate_out=stage.rate_out,
    )
