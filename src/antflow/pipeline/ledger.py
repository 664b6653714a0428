"""`Ledger`: the live counts of a pipeline and the slots of its workers, over all its runs.

The engine writes plain attributes here; snapshots and statistics are derived when asked for.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Protocol

from antflow.pipeline.envelope import Envelope
from antflow.pipeline.failures import SNAPSHOT_FAILURES, Failures
from antflow.pipeline.rate import pacers_of
from antflow.pipeline.stage import Stage
from antflow.types import (
    DashboardSnapshot,
    ErrorSummary,
    PipelineStats,
    StageStats,
    StatusType,
    WorkerMetrics,
    WorkerState,
)


class Slot:
    """One worker's place: what it does now and has done; times are on the run's clock.

    Attributes:
        item: the item in its hands.
        since: when it took the item.
        waiting_for: what holds it up while no task of the item runs.
        succeeded: the item completed the stage, and its callback runs.
        in_task: it is the running task itself that waits.
        released: the item is not the worker's any more, though it waits on its account.
        index: number of the running task within the stage.
        partial: what that task received.
        attempt: number of the running attempt, from 1.
        told: the item, task number and text of the last `set_task_status`.
        waits: how many waits of the running task overlap; the first began at `waiting_since`,
            for `waiting_item`.
        epoch: Unix seconds where the run's clock stood at 0.
    """

    __slots__ = (
        "attempt", "busy", "dropped", "epoch", "failed", "in_task", "index", "item", "last",
        "name", "number", "partial", "processed", "released", "since", "skipped",
        "stage", "succeeded", "told", "waiting_for",
        "waiting_item", "waiting_since", "waits",
    )  # fmt: skip

    def __init__(self, stage: Stage, number: int) -> None:
        self.stage = stage
        self.number = number
        self.name = stage.worker_name(number)
        self.processed = self.failed = self.skipped = self.dropped = 0
        self.busy = self.since = self.epoch = self.waiting_since = 0.0
        self.waits = 0
        self.waiting_item: Envelope | None = None
        self.last: float | None = None
        self.rest()

    def rest(self) -> None:
        """The worker has no item."""
        self.item: Envelope | None = None
        self.partial: Any = None
        self.index = 0
        self.attempt = 1
        self.told: tuple[Envelope, int, str] | None = None
        self.waiting_for: str | None = None
        self.in_task = False
        self.succeeded = False
        self.released = False

    def state(self) -> WorkerState:
        """What it does now."""
        item = self.item
        if item is None:
            return WorkerState(self.name, self.stage.name, "idle")
        told = self.told
        if told is not None and told[0] is item and told[1] == self.index:
            task: str | None = told[2]
        else:
            task = None if self.released else self.stage.task_names[self.index]
        since = self.since + self.epoch
        return WorkerState(
            self.name, self.stage.name, "busy", item.id, task, since, self.waiting_for
        )

    def metrics(self) -> WorkerMetrics:
        """What it has done."""
        last = self.last if self.item is None else self.since
        last = None if last is None else last + self.epoch
        return WorkerMetrics(
            self.name, self.stage.name, self.processed, self.failed, self.busy, last
        )


class Queues(Protocol):
    """What the running engine tells of the items in its hands.

    Attributes:
        fed: items taken from sources in this run.
        processed: of these, those that left the last stage without failing.
    """

    @property
    def fed(self) -> int: ...  # noqa: D102

    @property
    def processed(self) -> int: ...  # noqa: D102

    def queued(self, stage: str) -> int:
        """Items in the stage's queue."""

    def waiting(self, stage: str) -> int:
        """Items that wait for their next attempt without a worker."""


class Ledger:
    """Counts and slots.

    Attributes:
        failed, dropped, cancelled, skipped: items, over all runs.
        slots: by stage name and worker number, all that ever were.
        active: by stage name, numbers of the workers there are now.
        queues: the running engine, or None.
        pacers: by stage name; they outlive a run, since a window may span two.
    """

    def __init__(self, stages: Sequence[Stage]) -> None:
        self.failed = self.dropped = self.cancelled = self.skipped = 0
        self._fed_before = self._processed_before = 0
        self.failures = Failures()
        self.queues: Queues | None = None
        self.pacers = {s.name: pacers_of(s.rate, s.call_rate, s.call_rate_period) for s in stages}
        self.slots = {s.name: {n: Slot(s, n) for n in range(s.workers)} for s in stages}
        self.active = {s.name: set(range(s.workers)) for s in stages}
        self._leaving = dict.fromkeys(self.slots, 0)
        self._stages = {s.name: s for s in stages}

    def hire(self, stage: str) -> Slot:
        """Activate the lowest number that is free."""
        active = self.active[stage]
        number = next(n for n in range(len(active) + 1) if n not in active)
        active.add(number)
        slots = self.slots[stage]
        if number not in slots:
            slots[number] = Slot(self._stages[stage], number)
        return slots[number]

    def planned(self, stage: str) -> int:
        """Workers there will be when those told to go have gone."""
        return len(self.active[stage]) - self._leaving[stage]

    def dismiss(self, stage: str, n: int, *, at_once: bool) -> None:
        """Expect `n` workers to leave; at once: those of the highest numbers have left."""
        self._leaving[stage] += n
        if at_once:
            for slot in self.team(stage)[-n:]:
                self.retire(slot)

    def retire(self, slot: Slot) -> None:
        """The worker has left; its number is free."""
        stage = slot.stage.name
        self.active[stage].discard(slot.number)
        self._leaving[stage] = max(0, self._leaving[stage] - 1)

    def close(self) -> None:
        """The engine has stopped, and whoever was told to leave has left."""
        self._fed_before, self._processed_before = self.fed, self.processed
        self.queues = None
        for stage, leaving in self._leaving.items():
            for slot in self.team(stage)[len(self.active[stage]) - leaving :]:
                self.retire(slot)

    def replace(self, slot: Slot) -> None:
        """Give the place to a fresh slot with the same counts; its worker was left behind."""
        fresh = Slot(slot.stage, slot.number)
        for name in ("busy", "dropped", "epoch", "failed", "last", "processed", "skipped"):
            setattr(fresh, name, getattr(slot, name))
        self.slots[slot.stage.name][slot.number] = fresh

    def team(self, stage: str) -> list[Slot]:
        """The slots of the workers there are now, by number."""
        slots = self.slots[stage]
        return [slots[number] for number in sorted(self.active[stage])]

    def worker_names(self) -> dict[str, list[str]]:
        """Names of the workers there are now, by stage."""
        return {name: [slot.name for slot in self.team(name)] for name in self._stages}

    def states(self) -> dict[str, WorkerState]:
        """State by worker name."""
        return {slot.name: slot.state() for name in self._stages for slot in self.team(name)}

    def metrics(self) -> dict[str, WorkerMetrics]:
        """Metrics by worker name, those of workers that have left included."""
        return {s.name: s.metrics() for slots in self.slots.values() for s in slots.values()}

    def _stage_stats(self, name: str) -> StageStats:
        slots = self.slots[name].values()
        queues = self.queues
        held = [slot for slot in slots if slot.item is not None and not slot.released]
        sitting = sum(slot.waiting_for == "retry" for slot in held)
        return StageStats(
            name,
            queues.queued(name) if queues else 0,
            len(held) - sitting,
            sum(slot.processed + slot.skipped for slot in slots),
            self.failures.by_stage[name],
            sitting + (queues.waiting(name) if queues else 0),
        )

    @property
    def fed(self) -> int:
        """Items taken from sources, over all runs."""
        return self._fed_before + (self.queues.fed if self.queues else 0)

    @property
    def processed(self) -> int:
        """Items that left the last stage without failing, over all runs."""
        return self._processed_before + (self.queues.processed if self.queues else 0)

    @property
    def in_flight(self) -> int:
        """Items without an outcome."""
        return self.fed - self.processed - self.failed - self.dropped - self.cancelled

    def stats(self) -> PipelineStats:
        """The counts."""
        stages = {name: self._stage_stats(name) for name in self._stages}
        return PipelineStats(
            self.processed,
            self.failed,
            self.in_flight,
            {name: stage.pending_items for name, stage in stages.items()},
            stages,
            self.fed,
            self.skipped,
            self.dropped,
            self.cancelled,
        )

    def snapshot(self) -> DashboardSnapshot:
        """A consistent copy; its cost grows with stages and workers, not with items."""
        return DashboardSnapshot(
            self.states(),
            self.metrics(),
            self.stats(),
            self.failures.summary(SNAPSHOT_FAILURES),
            time.time(),
        )

    def error_summary(self) -> ErrorSummary:
        """All failures."""
        return self.failures.summary()

    def status_counts(self) -> dict[StatusType, int]:
        """Items by newest status."""
        stages = self.stats().stage_stats.values()
        skipped = sum(slot.skipped for slot in list(self.slots.values())[-1].values())
        running = sum(stage.in_progress_items for stage in stages)
        retrying = sum(stage.waiting_items for stage in stages)
        return {
            "queued": self.in_flight - running - retrying,
            "in_progress": running,
            "retrying": retrying,
            "completed": self.processed - skipped,
            "failed": self.failed,
            "skipped": skipped,
            "dropped": self.dropped,
            "cancelled": self.cancelled,
        }
