"""`Flow`: from a series of snapshots to a report on the flow of work."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from antflow.flow.bottleneck import find_bottleneck
from antflow.flow.marks import Mark, mark_of
from antflow.flow.records import Bottleneck, FlowReport, Health, StageFlow
from antflow.flow.stages import stage_flows, stage_load
from antflow.flow.window import Window, rate
from antflow.types import DashboardSnapshot, PipelineStats

NOW = 10.0  # seconds that "now" reaches back
MINUTE = 60.0
_FEW = 5  # fewer outcomes than this say nothing about a rate
_LOAD = 5.0  # seconds over which a bottleneck is looked for, so that its name stays put
_FAILING = 0.2  # share of failures


def capacities_of(stages: Iterable[Any]) -> dict[str, int | None]:
    """By stage name, the places in its queue: None: no bound; 0: nothing waits (`pull`).

    Args:
        stages: `pipeline.stages`.
    """
    return {stage.name: 0 if stage.pull else stage.capacity or None for stage in stages}


class Flow:
    """Turns snapshots, given in the order of their time, into reports.

    The first snapshot is where it counts from, since a pipeline counts over all its runs.

    Args:
        capacities: places in the queues, see `capacities_of`; a stage not named has no bound.
        total: items to expect; None where the source has no length.
    """

    def __init__(
        self, capacities: Mapping[str, int | None] | None = None, total: int | None = None
    ) -> None:
        self.capacities = dict(capacities or {})
        self.total = total
        self._base: tuple[DashboardSnapshot, Mark] | None = None
        self._window = Window(MINUTE)
        self._elapsed = 0.0
        self._moved = 0.0  # elapsed seconds when an item last left a stage
        self._history: deque[float] = deque(maxlen=60)
        self._history_mark: Mark | None = None

    def observe(self, snapshot: DashboardSnapshot) -> FlowReport:
        """The report on the pipeline at this snapshot; costs O(stages + workers)."""
        mark = mark_of(snapshot)
        if self._base is None:
            self._base = (snapshot, mark)
        self._advance(mark)
        base, first = self._base
        before = self._pace_mark()
        stages = stage_flows(base, snapshot, (first, before, mark), self.capacities, self._elapsed)
        counts = _counts(snapshot.pipeline_stats, base.pipeline_stats)
        total = None if self.total is None else max(self.total, sum(counts.values()))
        throughput = rate(before.ended, mark.ended, mark.timestamp - before.timestamp)
        average = rate(first.ended, mark.ended, self._elapsed)
        left = None if total is None else total - sum(counts.values()) + counts["in_flight"]
        eta, eta_range = self._time_left(left, (throughput, average))
        return FlowReport(
            timestamp=mark.timestamp,
            health=self._health(before, stages, counts),
            elapsed=self._elapsed,
            quiet_seconds=self._elapsed - self._moved,
            total=total,
            **counts,
            skipped=snapshot.pipeline_stats.items_skipped - base.pipeline_stats.items_skipped,
            throughput=throughput,
            average=average,
            eta_seconds=eta,
            eta_range=eta_range,
            history=tuple(self._history),
            busy=sum(stage.busy for stage in stages),
            workers=sum(stage.workers for stage in stages),
            stages=stages,
            bottleneck=self._bottleneck(stages) if counts["in_flight"] else None,
            errors_by_type=_errors(snapshot, base, "errors_by_type"),
            errors_by_stage=_errors(snapshot, base, "errors_by_stage"),
        )

    def _advance(self, mark: Mark) -> None:
        if self._history_mark is None:
            self._history_mark = mark
        else:
            last = self._window.newest
            self._elapsed += max(0.0, mark.timestamp - last.timestamp)
            if mark.movement != last.movement:
                self._moved = self._elapsed
        self._window.add(mark)
        passed = mark.timestamp - self._history_mark.timestamp
        if passed >= 1.0 or passed < 0:
            mean = rate(self._history_mark.ended, mark.ended, passed)
            # nobody may have looked for a while: each second counts
            self._history.extend([mean] * max(1, min(60, int(passed))))
            self._history_mark = mark

    def _pace_mark(self) -> Mark:
        before = self._window.since(NOW)
        few = self._window.newest.ended - before.ended < _FEW
        return self._window.since(MINUTE) if few else before

    def _time_left(
        self, left: int | None, paces: tuple[float, ...]
    ) -> tuple[float | None, tuple[float, float] | None]:
        now, before = self._window.newest, self._window.since(MINUTE)
        pace = rate(before.ended, now.ended, now.timestamp - before.timestamp)
        if left is None or (left > 0 and pace <= 0):
            return None, None
        if left <= 0:
            return 0.0, (0.0, 0.0)
        known = [pace, *(other for other in paces if other > 0)]
        return left / pace, (left / max(known), left / min(known))

    def _health(
        self, before: Mark, stages: tuple[StageFlow, ...], counts: dict[str, int]
    ) -> Health:
        now, in_flight = self._window.newest, counts["in_flight"]
        ended, failed = now.ended - before.ended, now.failed - before.failed
        if failed and failed >= _FAILING * ended and (ended >= _FEW or not in_flight):
            return "failing"
        if in_flight and self._moved and self._is_stalled(stages):
            return "stalled"
        return "starting" if in_flight and in_flight == sum(counts.values()) else "healthy"

    def _is_stalled(self, stages: tuple[StageFlow, ...]) -> bool:
        if any(stage.retrying or stage.held.get("rate") for stage in stages):
            return False  # it waits because it was told to
        slowest = max((stage.avg_seconds for stage in stages), default=0.0)
        return self._elapsed - self._moved > max(NOW, 5 * slowest)

    def _bottleneck(self, stages: tuple[StageFlow, ...]) -> Bottleneck | None:
        assert self._base is not None
        begin = self._base[1]  # idle as yet, it would make every stage look half idle at first
        marks = [mark for mark in self._window.latest(_LOAD) if mark is not begin]
        return find_bottleneck([stage_load(stage, marks) for stage in stages]) if marks else None


def _counts(stats: PipelineStats, base: PipelineStats) -> dict[str, int]:
    return {
        "processed": stats.items_processed - base.items_processed,
        "failed": stats.items_failed - base.items_failed,
        "dropped": stats.items_dropped - base.items_dropped,
        "cancelled": stats.items_cancelled - base.items_cancelled,
        "in_flight": stats.items_in_flight,
    }


def _errors(snapshot: DashboardSnapshot, base: DashboardSnapshot, name: str) -> dict[str, int]:
    then: dict[str, int] = getattr(base.error_summary, name)
    now: dict[str, int] = getattr(snapshot.error_summary, name)
    counts = {kind: count - then.get(kind, 0) for kind, count in now.items()}
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return {kind: count for kind, count in ranked if count > 0}
