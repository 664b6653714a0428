"""`Turn`: a long job on the event loop that lets others have theirs."""

from __future__ import annotations

import asyncio
import time

SLICE = 0.005
"""Seconds of work after which others on the loop have their turn."""


class Turn:
    """Counts the time of a long job, to give way in between."""

    def __init__(self) -> None:
        self._end = time.perf_counter() + SLICE

    @property
    def over(self) -> bool:
        """Whether it is time to give way."""
        return time.perf_counter() > self._end

    async def give_way(self) -> None:
        """Let others on the loop have their turn."""
        await asyncio.sleep(0)
        self._end = time.perf_counter() + SLICE
