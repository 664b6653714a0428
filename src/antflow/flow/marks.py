"""What a flow keeps of a snapshot: counts, small enough to hold a minute of them."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from antflow.types import DashboardSnapshot, PipelineStats, StageStats


class StageMark(Struct, frozen=True):
    """A stage's counts at one moment; `arrived` and `left` only ever grow."""

    arrived: int
    left: int
    queued: int
    busy: int
    held: dict[str, int]
    task_seconds: float
    task_items: int


class Mark(Struct, frozen=True):
    """A pipeline's counts at one moment.

    Attributes:
        timestamp: Unix seconds.
        ended: items that ended by being worked off: processed, failed or dropped.
        failed: of these, failed.
        stages: by name.
    """

    timestamp: float
    ended: int
    failed: int
    stages: dict[str, StageMark]

    @property
    def movement(self) -> tuple[int, ...]:
        """Differs from an earlier mark's where an item left a stage since."""
        return (self.ended, *(stage.left for stage in self.stages.values()))


def mark_of(snapshot: DashboardSnapshot) -> Mark:
    """The counts of a snapshot; costs O(stages + workers)."""
    stats = snapshot.pipeline_stats
    busy: Counter[str] = Counter()
    held: dict[str, Counter[str]] = {name: Counter() for name in stats.stage_stats}
    for state in snapshot.worker_states.values():
        busy[state.stage] += state.status == "busy"
        if state.waiting_for is not None and state.stage in held:
            held[state.stage][state.waiting_for] += 1
    spent = _task_time(snapshot)
    stages = {
        name: _stage_mark(stage, busy[name], dict(held[name]), *spent[name])
        for name, stage in stats.stage_stats.items()
    }
    return Mark(snapshot.timestamp, worked_off(stats), stats.items_failed, stages)


def _stage_mark(
    stats: StageStats, busy: int, held: dict[str, int], seconds: float, items: int
) -> StageMark:
    left = stats.completed_items + stats.failed_items
    inside = stats.pending_items + stats.in_progress_items + stats.waiting_items
    return StageMark(left + inside, left, stats.pending_items, busy, held, seconds, items)


def _task_time(snapshot: DashboardSnapshot) -> dict[str, tuple[float, int]]:
    spent = dict.fromkeys(snapshot.pipeline_stats.stage_stats, (0.0, 0))
    for metric in snapshot.worker_metrics.values():
        seconds, items = spent.get(metric.stage, (0.0, 0))
        ended = metric.items_processed + metric.items_failed
        spent[metric.stage] = (seconds + metric.total_processing_time, items + ended)
    return spent


def worked_off(stats: PipelineStats) -> int:
    """Items that ended other than by being cancelled: those are no throughput."""
    return stats.items_processed + stats.items_failed + stats.items_dropped
