"""Takes events from the handover on the loop, in slices that hold nobody up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from antflow.callbacks import Guard
from antflow.cluster.events.decoding import Event
from antflow.cluster.events.handover import Handover

SLICE = 0.004  # seconds; what else waits on the loop gets its turn after so long
PORTION = 64  # events applied between two looks at the clock, to begin with
LARGEST = 1_024


class Pump:
    """Applies what waits, a slice at a time, whenever it is woken.

    Args:
        loop: where events are applied.
        handover: where they come from.
        apply: takes events, and when they came; should it raise, that is logged.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        handover: Handover,
        apply: Callable[[list[Event], float], None],
    ) -> None:
        self._loop = loop
        self._handover = handover
        self._apply = apply
        self._scheduled = False
        self._stopped = False
        self._portion = PORTION
        self._guard = Guard("applying events")

    def wake(self) -> None:
        """Something was handed over; called by any thread."""
        if self._scheduled or self._stopped:
            return
        self._scheduled = True
        with suppress(RuntimeError):  # the loop was closed without stopping first
            self._loop.call_soon_threadsafe(self._run)

    def stop(self) -> None:
        """Apply no more."""
        self._stopped = True

    def _run(self) -> None:
        if self._stopped:
            return
        # Cleared first: what is handed over from here on wakes it again.
        self._scheduled = False
        until = time.perf_counter() + SLICE
        while time.perf_counter() < until:
            if not self._some():
                return
        if self._handover.waiting and not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._run)

    def _some(self) -> bool:
        """Apply a portion; whether there was one."""
        handover, portion = self._handover, self._portion
        if (batch := handover.take()) is None:
            return False
        events, received_at = batch.events, batch.received_at
        if len(events) > portion:
            size = batch.size * portion // len(events)
            handover.back(batch._replace(events=events[portion:], size=batch.size - size))
            events = events[:portion]
        else:
            while len(events) < portion // 2 and (more := handover.take()) is not None:
                events = events + more.events
        before = time.perf_counter()
        try:
            self._apply(events, received_at)
        except Exception as error:
            self._guard.report(error)
        self._adapt(len(events), time.perf_counter() - before)
        return True

    def _adapt(self, count: int, seconds: float) -> None:
        """Aim at portions that take a quarter of a slice."""
        if seconds > SLICE / 2:
            self._portion = max(8, self._portion // 2)
        elif count >= self._portion // 2 and seconds < SLICE / 8:
            self._portion = min(LARGEST, self._portion * 2)
