"""`Feeding`: taking items from sources into a run, no faster than its stages take them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Iterable
from typing import TYPE_CHECKING, Any

from antflow.exceptions import PipelineError
from antflow.pipeline.envelope import DEFAULT_PRIORITY, NO_METADATA, Envelope, is_special, seal
from antflow.pipeline.station import Station

if TYPE_CHECKING:
    from antflow.pipeline.run import Run

SHUT_DOWN = "the pipeline was shut down while it was being fed"

_CLOCK_EVERY = 15
"""As a bit mask: untracked, a feeder looks at the clock before each sixteenth item."""


class Feeding:
    """The feeders of one run.

    Attributes:
        now: when the newest item entered, on the run's clock.
    """

    def __init__(self, run: Run) -> None:
        self.now = 0.0
        self._run = run
        self._tasks: list[asyncio.Task[Any]] = []
        self._called_off: set[asyncio.Task[Any]] = set()

    @property
    def busy(self) -> bool:
        """Whether a feeder is producing."""
        return bool(self._tasks)

    async def feed(
        self, source: Iterable[Any] | AsyncIterable[Any], station: Station, priority: float
    ) -> None:
        """Take all items of the source; returns when the last one has room."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.append(task)
        try:
            await self._take_all(source, station, priority)
        except asyncio.CancelledError:
            if task in self._called_off:
                self._called_off.discard(task)
                if task.uncancel() == 0:  # else somebody else cancelled it, too
                    raise self._run.fatal or PipelineError(SHUT_DOWN) from None
            raise
        finally:
            self._tasks.remove(task)
            if task in self._called_off:  # too late: it did not have to be woken
                self._called_off.discard(task)
                task.uncancel()
            self._run.check_idle()

    async def _take_all(
        self, source: Iterable[Any] | AsyncIterable[Any], station: Station, priority: float
    ) -> None:
        run = self._run
        if isinstance(source, AsyncIterable):
            async for element in source:
                self.now = run.clock()
                await self._room_for(run.enter(seal(element, run.fed, priority), station))
            return
        tracked, clock, turns = run.record is not None, run.clock, run.turns
        plain = priority == DEFAULT_PRIORITY and run.hook is None
        for element in source:
            number = run.fed
            if tracked or not number & _CLOCK_EVERY:
                self.now = clock()
            if plain and not is_special(type(element)):
                waiter = run.admit(Envelope(number, element, number, NO_METADATA), station)
            else:
                waiter = run.enter(seal(element, number, priority), station)
            if waiter is not None or self.now > turns.deadline:
                await self._room_for(waiter)

    async def _room_for(self, waiter: asyncio.Future[None] | None) -> None:
        run = self._run
        if waiter is not None:
            await waiter
        if run.record is not None and run.record.pressure.full:
            await run.record.room()
        await run.turns.take(run.clock)

    def call_off(self) -> None:
        """Wake the feeders, wherever they wait, to find that nothing is taken any more."""
        for task in set(self._tasks) - self._called_off:
            if task is not asyncio.current_task():
                self._called_off.add(task)
                task.cancel()
