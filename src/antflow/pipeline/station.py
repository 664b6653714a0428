"""`Station`: a stage at work in one run: its queue, its limits, its waiting items."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from antflow.callbacks import Guard
from antflow.pipeline.channel import Channel
from antflow.pipeline.envelope import Envelope
from antflow.pipeline.rate import Pacers
from antflow.pipeline.retry import Waiting
from antflow.pipeline.stage import Stage
from antflow.tracker.visit import Place

Forward = Callable[[Envelope], "asyncio.Future[None] | None"]


class Station:
    """A stage in one run.

    Attributes:
        place: how the records refer to it.
        channel: the queue before it.
        following: the station after it; None: it is the last.
        forward: gives a completed item on; a future where it has to wait for room.
        pacer: limits every start of a task (`rate`).
        call_pacer: limits what tasks wrap in `rate_limit()`.
        call_gate: limits what tasks wrap in `concurrency_limit()`.
        gates: by task name, limits how many of it run at once.
        skip_guard: calls `skip_if`.
        waiting: items that wait for their next attempt, with their timers.
    """

    def __init__(
        self,
        stage: Stage,
        place: Place,
        following: Station | None,
        forward: Forward,
        pacers: Pacers,
    ) -> None:
        self.stage = stage
        self.place = place
        self.channel = Channel(stage.capacity, pull=stage.pull)
        self.following = following
        self.forward = forward
        self.pacer, self.call_pacer = pacers
        self.call_gate: AbstractAsyncContextManager[None] | None = (
            asyncio.Semaphore(stage.call_concurrency) if stage.call_concurrency else None
        )
        limits = stage.task_concurrency_limits
        self.gates = {name: asyncio.Semaphore(limit) for name, limit in limits.items()}
        what = f"skip_if of stage {stage.name!r} (taken as: not skipped)"
        self.skip_guard = Guard(what, logging.WARNING)
        self.waiting: dict[Waiting, asyncio.TimerHandle] = {}
        self._patience = stage.capacity or (stage.workers * 10 if stage.pull else None)

    @property
    def plain(self) -> bool:
        """Whether nothing but coroutine functions runs here, one after another."""
        stage = self.stage
        armed = stage.unpack_args or stage.timeout or self.pacer or self.gates
        return not armed and stage.executor == "loop" and stage.all_async

    def postpone(self, entry: Waiting, seconds: float) -> bool:
        """Let the item wait without its worker; False where enough wait already."""
        if self._patience is not None and len(self.waiting) >= self._patience:
            return False
        loop = asyncio.get_running_loop()
        self.waiting[entry] = loop.call_later(seconds, self._due, entry)
        return True

    def _due(self, entry: Waiting) -> None:
        del self.waiting[entry]
        self.channel.push(entry)

    @property
    def waiting_items(self) -> int:
        """Items between two attempts that no worker has."""
        return len(self.waiting) + self.channel.urgent_items

    def withdraw(self, item_id: object) -> list[Envelope]:
        """Take the items of this id out, except those in a worker's hands."""
        entries = [entry for entry in self.waiting if entry.item.id == item_id]
        for entry in entries:
            self.waiting.pop(entry).cancel()
        return [entry.item for entry in entries] + self.channel.withdraw(item_id)

    def clear(self) -> list[Envelope]:
        """Empty the station; returns the items that no worker holds."""
        entries = list(self.waiting)
        for entry in entries:
            self.waiting.pop(entry).cancel()
        left = [*entries, *self.channel.clear()]
        return [entry.item if isinstance(entry, Waiting) else entry for entry in left]
