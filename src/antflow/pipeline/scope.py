"""`Scope`: the worker's side of `antflow.context`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from antflow.pipeline.ledger import Slot
from antflow.pipeline.station import Station


class Scope:
    """What the tasks of one worker may ask and say; a `TaskScope`."""

    def __init__(self, slot: Slot, station: Station, clock: Callable[[], float]) -> None:
        self._slot = slot
        self._station = station
        self._clock = clock
        self._told_at = 0.0

    def set_status(self, text: str, min_interval: float) -> bool:
        """Show the text, unless the item's last one is younger than `min_interval` seconds."""
        now = self._clock()
        item = self._slot.item
        if item is None:
            return False
        told = self._slot.told
        if told is not None and told[0] is item and now - self._told_at < min_interval:
            return False
        self._told_at = now
        self._slot.told = (item, self._slot.index, text)
        return True

    def has_capacity(self, amount: int) -> bool:
        """Whether `amount` calls could start now; True where the stage sets no `call_rate`."""
        pacer = self._station.call_pacer
        return pacer is None or pacer.has_capacity(amount)

    def rate_limit(self) -> AbstractAsyncContextManager[None]:
        """Enter when the stage's `call_rate` allows another call."""
        if self._station.call_pacer is None:
            raise RuntimeError(f"stage {self._slot.stage.name!r} sets no call_rate; set one")
        return self._paced()

    @asynccontextmanager
    async def _paced(self) -> AsyncIterator[None]:
        assert self._station.call_pacer is not None
        with Wait(self._slot, "rate", self._clock, in_task=True):
            await self._station.call_pacer.acquire()
        yield

    def concurrency_limit(self) -> AbstractAsyncContextManager[None]:
        """Enter when the stage's `call_concurrency` allows another call."""
        if self._station.call_gate is None:
            raise RuntimeError(f"stage {self._slot.stage.name!r} sets no call_concurrency; set one")
        return self._gated(self._station.call_gate)

    @asynccontextmanager
    async def _gated(self, gate: AbstractAsyncContextManager[None]) -> AsyncIterator[None]:
        with Wait(self._slot, "limit", self._clock, in_task=True):
            await gate.__aenter__()
        try:
            yield
        finally:
            await gate.__aexit__(None, None, None)


class Wait:
    """Shows what a task waits for, and keeps the wait out of its worker's processing time.

    Waits of one task that overlap count once.
    """

    __slots__ = ("_clock", "_in_task", "_reason", "_slot")

    def __init__(
        self, slot: Slot, reason: str, clock: Callable[[], float], *, in_task: bool = False
    ) -> None:
        self._slot = slot
        self._reason = reason
        self._clock = clock
        self._in_task = in_task

    def __enter__(self) -> None:
        slot = self._slot
        if not slot.waits:
            slot.waiting_since = self._clock()
            slot.waiting_item = slot.item
        slot.waits += 1
        slot.waiting_for = self._reason
        slot.in_task = self._in_task

    def __exit__(self, *error: object) -> None:
        slot = self._slot
        slot.waits -= 1
        if not slot.waits:
            slot.waiting_for = None
            slot.in_task = False
            if slot.waiting_item is slot.item:  # not the wait of a child that outlived its task
                slot.busy -= self._clock() - slot.waiting_since
            slot.waiting_item = None
