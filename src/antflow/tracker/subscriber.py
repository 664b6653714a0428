"""`Subscriber`: a callback, its buffer, and the task that brings it the events, one at a time."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain, islice
from operator import length_hint
from typing import Any, Literal

from msgspec import Struct

from antflow.callbacks import Guard
from antflow.clock import clock_of
from antflow.interrupts import must_end, survives_cancellation
from antflow.tracker.history import hashable
from antflow.turns import turns_of

logger = logging.getLogger("antflow")

Overflow = Literal["wait", "drop_oldest", "coalesce"]
BUFFER = 65_536

_FIRST_CHUNK, _LONGEST_CHUNK = 8, 32
"""Events between two looks at the clock: more where the callback is quick."""

_OWN = 0.001
"""Seconds of its own that a subscriber has in each round of the loop, also where the workers have
used up the slice: it keeps up with them, and the events are still in the processor's cache."""

_QUICK = 0.001
"""Seconds in which a chunk has to be through for the next one to be longer."""


class DeliveryStats(Struct, frozen=True):
    """What a subscriber got.

    Attributes:
        name: the callback's name.
        pending: events waiting in its buffer.
        delivered: events given to it.
        lost: events that its buffer or the end of the run cut off.
        errors: exceptions that it raised.
    """

    name: str
    pending: int
    delivered: int
    lost: int
    errors: int


class Subscriber:
    """A callback with a buffer of its own and, while that holds events, a task that empties it.

    Args:
        callback: called with each event; sync or async.
        buffer: how many events may wait, at least 1.
        overflow: what happens to more: `wait` slows the pipeline down, `drop_oldest` loses
            the oldest, `coalesce` keeps the newest of each item, and of them the newest.
    """

    def __init__(
        self, callback: Callable[[Any], Any], buffer: int = BUFFER, overflow: Overflow = "wait"
    ) -> None:
        self.callback = callback
        self.limit = buffer
        self.overflow = overflow
        self.lost = 0
        self._given_up = False
        self._accepted = 0
        self._batches: deque[Iterator[Any]] = deque()
        self._is_async = inspect.iscoroutinefunction(callback)
        self._name = getattr(callback, "__qualname__", None) or type(callback).__name__
        self._guard = Guard(f"subscriber {self._name}")
        self.task: asyncio.Task[None] | None = None
        self._room: asyncio.Event | None = None

    @property
    def pending(self) -> int:
        """Events that wait."""
        return sum(map(length_hint, self._batches))

    @property
    def full(self) -> bool:
        """Whether the pipeline has to wait for this subscriber."""
        return self.overflow == "wait" and self.pending >= self.limit

    @property
    def done(self) -> bool:
        """Whether everything was delivered."""
        return self.task is None or self.task.done()

    @property
    def delivered(self) -> int:
        """How many events the callback was called with; one that still runs is not counted."""
        return self._accepted - self.lost - self.pending - (not self.done)

    @property
    def stats(self) -> DeliveryStats:
        """The counts so far."""
        delivered = max(0, self.delivered)
        return DeliveryStats(self._name, self.pending, delivered, self.lost, self._guard.errors)

    def accept(self, events: list[Any]) -> None:
        """Take a copy of a batch over; needs a running loop."""
        self._accepted += len(events)
        self._batches.append(iter(events[:]))
        if self.overflow != "wait" and self.pending > self.limit:
            self._shed()
        if self.task is None or self.task.done() or self.task.get_loop().is_closed():
            self._given_up = False
            self._room = None  # whoever waited for it was on another loop, or has ended
            self.task = asyncio.get_running_loop().create_task(self._deliver())
            self.task.add_done_callback(_retrieve)

    def _shed(self) -> None:
        before = self.pending
        if self.overflow == "coalesce":
            if before <= self.limit + self.limit // 16:
                return
            newest: dict[Any, Any] = {}
            for event in chain.from_iterable(self._batches):
                newest.pop(_key(event), None)
                newest[_key(event)] = event
            kept = list(newest.values())
        else:
            kept = list(chain.from_iterable(self._batches))
        self._batches.clear()
        self._batches.append(iter(kept[-self.limit :]))
        self.lost += before - self.pending

    async def _deliver(self) -> None:
        batches, callback, is_async = self._batches, self.callback, self._is_async
        loop = asyncio.get_running_loop()
        clock, turns = clock_of(loop), turns_of(loop)
        chunk = _FIRST_CHUNK
        began = resumed = clock()
        while batches:
            # an iterator knows how much is left of it, so that nothing is counted on the way
            for event in islice(batches[0], chunk):
                try:
                    if is_async:
                        await callback(event)
                    else:
                        answer = callback(event)
                        if answer is not None and inspect.isawaitable(answer):
                            await answer
                except BaseException as error:
                    if isinstance(error, KeyboardInterrupt) or (
                        must_end(error) and (self._given_up or not survives_cancellation())
                    ):
                        raise
                    self._guard.report(error)
            while batches and not length_hint(batches[0]):
                batches.popleft()
            if self._room is not None and self.pending <= self.limit // 2:
                self._make_room()
            now = clock()
            chunk = min(chunk * 2, _LONGEST_CHUNK) if now - began < _QUICK else _FIRST_CHUNK
            began = now
            if now > turns.deadline and now - resumed > _OWN:
                began = resumed = await turns.take(clock)

    def close(self) -> None:
        """Let go of what waits, and of a call that still runs."""
        self._given_up = True
        for batch in self._batches:
            deque(batch, maxlen=0)  # uses it up, also under the loop that is going through it
        self._batches.clear()
        self._make_room()
        if not self.done and self.task is not _current_task():
            assert self.task is not None
            self.task.cancel()

    def _make_room(self) -> None:
        if self._room is not None:
            self._room.set()
            self._room = None

    async def room(self) -> None:
        """Return when the pipeline need not wait for it any more."""
        while self.full and not self.done:
            if self._room is None:
                self._room = asyncio.Event()
            await self._room.wait()

    async def drain(self, patience: float) -> None:
        """Return when all is delivered; the rest is lost after `patience` s without progress."""
        while not self.done:
            task, before = self.task, self.delivered
            assert task is not None
            if task.get_loop() is not asyncio.get_running_loop():
                return
            await asyncio.wait([task], timeout=patience)
            if self.delivered == before and not task.done():
                self.give_up()
                await asyncio.wait([task], timeout=patience)
                return

    def give_up(self) -> asyncio.Task[None] | None:
        """Count what was not delivered as lost; returns the task that is being cancelled."""
        if self.done:
            return None
        self._given_up = True
        lost = self.pending + (not self.done)
        self._batches.clear()
        self.lost += lost
        self._make_room()
        logger.warning("subscriber %s made no progress; %d events lost", self._name, lost)
        if self.task is not None and self.task is not _current_task():
            self.task.cancel()
            return self.task
        return None


def _key(event: Any) -> Any:
    return event.item_id if hashable(event.item_id) else repr(event.item_id)


def _retrieve(task: asyncio.Task[None]) -> None:
    """A KeyboardInterrupt has gone its own way already, through the loop."""
    if not task.cancelled():
        task.exception()


def _current_task() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:  # no loop is running
        return None
