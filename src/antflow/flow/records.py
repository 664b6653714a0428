"""What a `Flow` reports. Counts are those since the first observed snapshot."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Health = Literal["starting", "healthy", "failing", "stalled"]


class StageFlow(Struct, frozen=True):
    """One stage at one moment.

    Attributes:
        name: the stage's name.
        queued: items in its queue.
        capacity: places in its queue; None: no bound; 0: nothing waits before it (`pull`).
        retrying: items that wait for their next attempt.
        busy: workers that hold an item.
        workers: workers in all.
        held: of the busy ones, how many wait, by what they wait for (`room`, `rate`, …).
        done: items it completed.
        failed: items that failed for good here.
        rate_in: items that came, per second.
        rate_out: items that left, per second.
        avg_seconds: seconds in its tasks per item; 0.0 before the first.
        utilisation: share of its workers' time spent in tasks, 0.0 to 1.0.
    """

    name: str
    queued: int
    capacity: int | None
    retrying: int
    busy: int
    workers: int
    held: dict[str, int]
    done: int
    failed: int
    rate_in: float
    rate_out: float
    avg_seconds: float
    utilisation: float

    @property
    def fill(self) -> float | None:
        """Share of the queue's places taken; None where it has no bound or no places."""
        return min(1.0, self.queued / self.capacity) if self.capacity else None


class StageLoad(Struct, frozen=True):
    """One stage over the last seconds; counts are means.

    Attributes:
        name: the stage's name.
        workers: workers in all.
        busy: workers that hold an item.
        held: of the busy ones, how many wait, by what they wait for.
        queued: items in its queue.
        capacity: as in `StageFlow`.
        rate_in: items that came, per second.
        rate_out: items that left, per second.
    """

    name: str
    workers: int
    busy: float
    held: dict[str, float]
    queued: float
    capacity: int | None
    rate_in: float
    rate_out: float

    @property
    def waits_for_room(self) -> float:
        """Workers that have a result and nowhere to put it: the stage behind is to blame."""
        return self.held.get("room", 0.0)

    @property
    def working(self) -> float:
        """Busy workers, less those that wait for room."""
        return self.busy - self.waits_for_room


class Bottleneck(Struct, frozen=True):
    """The stage that sets the pace.

    Attributes:
        stage: its name.
        reason: why, in a few words: `"5/5 workers busy, queue 46/50, Fetch waits for room"`.
    """

    stage: str
    reason: str


class FlowReport(Struct, frozen=True):
    """How a pipeline is doing at one moment.

    Attributes:
        timestamp: Unix seconds of the snapshot.
        health: `starting` (nothing finished yet), `healthy`, `failing` (a fifth or more of
            what ended lately failed) or `stalled` (nothing moves, see `quiet_seconds`).
        elapsed: seconds since the first snapshot.
        quiet_seconds: seconds since the last item left any stage.
        total: items to expect; None where the source has no length. Grows where a stage
            makes several items of one.
        processed: items that left the last stage.
        failed: items that failed.
        dropped: items that a stage filtered out.
        cancelled: items ended from outside.
        skipped: items that skipped a stage.
        in_flight: items fed and without an outcome.
        throughput: items worked off, per second, over the last 10 seconds (up to 60 where
            few were).
        average: the same since the first snapshot.
        eta_seconds: seconds left at the pace of the last minute; None where unknown.
        eta_range: the same at the fastest and at the slowest of the paces; None where unknown.
        history: throughput of the last seconds, oldest first, one figure a second.
        busy: workers that hold an item.
        workers: workers in all.
        stages: the stages in order.
        bottleneck: the stage that sets the pace, or None.
        errors_by_type: failures by the name of the exception's class.
        errors_by_stage: failures by stage name.
    """

    timestamp: float
    health: Health
    elapsed: float
    quiet_seconds: float
    total: int | None
    processed: int
    failed: int
    dropped: int
    cancelled: int
    skipped: int
    in_flight: int
    throughput: float
    average: float
    eta_seconds: float | None
    eta_range: tuple[float, float] | None
    history: tuple[float, ...]
    busy: int
    workers: int
    stages: tuple[StageFlow, ...]
    bottleneck: Bottleneck | None
    errors_by_type: dict[str, int]
    errors_by_stage: dict[str, int]

    @property
    def finished(self) -> int:
        """Items with an outcome of whatever kind."""
        return self.processed + self.failed + self.dropped + self.cancelled

    @property
    def worked_off(self) -> int:
        """Items that ended other than by being cancelled."""
        return self.finished - self.cancelled

    @property
    def complete(self) -> bool:
        """Every expected item has an outcome."""
        return self.in_flight == 0 and (self.total is None or self.finished >= self.total)

    @property
    def fraction(self) -> float | None:
        """Share of the expected items that ended, 0.0 to 1.0; None without a total."""
        if self.total is None:
            return None
        return min(1.0, self.finished / self.total) if self.total else 1.0

    @property
    def retrying(self) -> int:
        """Items that wait for their next attempt, in all stages."""
        return sum(stage.retrying for stage in self.stages)
