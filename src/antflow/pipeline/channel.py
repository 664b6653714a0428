"""`Channel`: the queue before a stage, with a bound, a pause and urgent entries."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from typing import Any

from antflow.pipeline.envelope import Envelope
from antflow.pipeline.priority import PriorityQueue
from antflow.pipeline.stage import Stage


class Channel:
    """Items that wait for the workers of a stage.

    Whoever offers an item gives it away: where there is no room it waits with its giver's
    future, in the order given, and is let in by whoever takes one. At most one woken worker is
    on its way at a time; it wakes the next where more remains.

    Args:
        capacity: items that may wait; 0: no bound.
        pull: nothing waits; an item is let in only for a worker that waits for one.

    Attributes:
        items: what workers take from; empty while paused.
        urgent: what workers look at first; None tells one of them to end.
        orders: how many of the urgent entries tell a worker to end.
        givers: items that wait for room, each with its giver's future.
    """

    def __init__(self, capacity: int, *, pull: bool = False) -> None:
        self.items: deque[Envelope] | PriorityQueue = deque()
        self.urgent: deque[Any] = deque()
        self.givers: deque[tuple[asyncio.Future[None], Envelope]] = deque()
        self._store: deque[Envelope] | PriorityQueue = self.items
        self.orders = 0
        self._held_urgent: deque[Any] = deque()
        self._capacity = 0 if pull else capacity or sys.maxsize
        self._pull = pull
        self._takers: deque[asyncio.Future[None]] = deque()
        self._coming = 0

    def __len__(self) -> int:
        return len(self._store)

    @property
    def paused(self) -> bool:
        """Whether workers get nothing from here."""
        return self._store is not self.items

    def offer(self, item: Envelope) -> asyncio.Future[None] | None:
        """Give an item; a future where it has to wait for room, which the giver awaits."""
        store = self._store
        if len(store) < self._capacity or self._wanted():
            store.append(item)
            if self._takers and not self._coming:
                self._wake()
            return None
        waiter = asyncio.get_running_loop().create_future()
        self.givers.append((waiter, item))
        return waiter

    def _wanted(self) -> bool:
        idle = len(self._takers) + self._coming
        return self._pull and not self.paused and len(self._store) < idle

    def admit(self) -> None:
        """Let in what waits for room; called by whoever took an item."""
        while self.givers and (len(self._store) < self._capacity or self._wanted()):
            waiter, item = self.givers.popleft()
            self._store.append(item)
            if not waiter.done():
                waiter.set_result(None)
        self._wake_next(self.items)

    def push(self, entry: Any) -> None:
        """Add an urgent entry, beyond the bound; it waits out a pause."""
        if self.paused and entry is not None:
            self._held_urgent.append(entry)
            return
        if entry is None:
            self.orders += 1
        self.urgent.append(entry)
        self._wake_next(True)

    async def wait(self) -> None:
        """Return when there may be something to take."""
        waiter = asyncio.get_running_loop().create_future()
        self._takers.append(waiter)
        if self.givers:
            self.admit()
        try:
            await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled():
                self._coming -= 1
            elif waiter in self._takers:
                self._takers.remove(waiter)
            self._wake_next(self.items or self.urgent)
            raise
        self._coming -= 1
        if len(self.items) + len(self.urgent) > 1 and self._takers:
            # not at once: a worker whose tasks never suspend leaves nothing for the next one
            asyncio.get_running_loop().call_soon(self._wake_for_more)

    def _wake_for_more(self) -> None:
        self._wake_next(self.items or self.urgent)

    def _wake_next(self, more: Any) -> None:
        if more and self._takers and not self._coming:
            self._wake()

    def _wake(self) -> None:
        while self._takers:
            waiter = self._takers.popleft()
            if not waiter.done():  # a cancelled one has not run yet to take itself out
                self._coming += 1
                waiter.set_result(None)
                return

    def pause(self) -> None:
        """Keep everything back until `resume`; what is given meanwhile still queues up."""
        if not self.paused:
            self._store, self.items = self.items, deque()
            self._held_urgent.extend(entry for entry in self.urgent if entry is not None)
            pills = [entry for entry in self.urgent if entry is None]
            self.urgent.clear()
            self.urgent.extend(pills)

    def resume(self) -> None:
        """Let the workers take again."""
        if self.paused:
            self.items = self._store
            self.urgent.extend(self._held_urgent)
            self._held_urgent.clear()
            self.admit()
            self._wake_next(self.items or self.urgent)

    def prioritise(self) -> None:
        """From now on the lowest priority number goes first."""
        if not isinstance(self._store, PriorityQueue):
            ranked = PriorityQueue(self._store)
            if not self.paused:
                self.items = ranked
            self._store = ranked

    @property
    def urgent_items(self) -> int:
        """Urgent entries that are no order to end."""
        return len(self._held_urgent) + len(self.urgent) - self.orders

    def withdraw(self, item_id: object) -> list[Envelope]:
        """Take out the items of this id, wherever they wait here."""
        found = [item for item in self.waiting() if item.id == item_id]
        for urgent in (self.urgent, self._held_urgent):
            entries = [entry for entry in urgent if entry and entry.item.id == item_id]
            for entry in entries:
                urgent.remove(entry)
                found.append(entry.item)
        if found:
            self._discard(found)
        return found

    def _discard(self, found: list[Envelope]) -> None:
        gone = {id(item) for item in found}
        for giver in [giver for giver in self.givers if id(giver[1]) in gone]:
            self.givers.remove(giver)
            if not giver[0].done():
                giver[0].set_result(None)
        kept = [item for item in self._store if id(item) not in gone]
        self._store.clear()
        for item in kept:
            self._store.append(item)
        if self.givers:
            self.admit()

    def waiting(self) -> list[Envelope]:
        """Every item here, in the order in which it would be taken; urgent entries apart."""
        return [*self._store, *(item for _, item in self.givers)]

    def open_wide(self) -> None:
        """Let everything in: nobody who ends has to wait for room."""
        self._capacity = sys.maxsize
        self.admit()

    def clear(self) -> list[Any]:
        """Empty the channel and release its givers; returns the urgent entries and the items."""
        entries = [entry for entry in (*self.urgent, *self._held_urgent) if entry is not None]
        left = [*entries, *self.waiting()]
        self.urgent.clear()
        self.orders = 0
        self._held_urgent.clear()
        self._store.clear()
        while self.givers:
            waiter, _ = self.givers.popleft()
            if not waiter.done():
                waiter.set_result(None)
        return left


def output_channel(last: Stage, buffer_size: int | None) -> Channel:
    """The channel behind the last stage, which `stream`'s consumer empties.

    Raises:
        ValueError: buffer_size below 0.
    """
    if buffer_size is not None and buffer_size < 0:
        raise ValueError(f"buffer_size must be None, 0 or more, got {buffer_size}")
    if buffer_size is None:
        return Channel(last.capacity or last.workers * 10)
    return Channel(buffer_size, pull=buffer_size == 0)
