"""The stages at a pace to watch: each takes its time, and the last one fails now and then."""

from __future__ import annotations

import asyncio
import functools
import inspect
import random
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

Task = Callable[..., Any]
Pacing = Callable[[str, Task], Task]

SECONDS: Final = {"Read": 0.15, "Parse": 0.7, "Measure": 0.35, "Store": 0.1}
"""What a file takes in each stage, on average. With the workers that the stages have, Parse holds
up the rest; two workers more, and it is Measure."""

LOST_EVERY: Final = 25
"""Files between two that Store loses at the first try."""


class StoreUnreachableError(ConnectionError):
    """Made up by the demo, so that there is a failure that a retry mends."""


def at_full_speed(_stage: str, task: Task) -> Task:
    """The task as it is."""
    return task


class SlowMotion:
    """Slows tasks down.

    Args:
        seconds: by stage, on average; each file takes between half and one and a half of it.
        lost_every: files between two that the stage Store loses; the same file again gets through.
    """

    def __init__(
        self, seconds: Mapping[str, float] = SECONDS, lost_every: int = LOST_EVERY
    ) -> None:
        self._seconds = seconds
        self._lost_every = lost_every
        self._stored = 0
        self._lost: set[str] = set()
        self._random = random.Random(0)

    def paced(self, stage: str, task: Task) -> Task:
        """The task of a stage, slowed down; it keeps its name, and stays sync or async."""
        if not inspect.iscoroutinefunction(task):

            @functools.wraps(task)
            def slow(value: Any) -> Any:
                time.sleep(self._pause(stage))
                return task(value)

            return slow

        @functools.wraps(task)
        async def slow_async(value: Any) -> Any:
            await asyncio.sleep(self._pause(stage))
            if stage == "Store":
                self._lose_some(value.name)
            return await task(value)

        return slow_async

    def _pause(self, stage: str) -> float:
        return self._seconds.get(stage, 0.0) * self._random.uniform(0.5, 1.5)

    def _lose_some(self, name: str) -> None:
        if name in self._lost:
            self._lost.discard(name)
            return
        self._stored += 1
        if self._stored % self._lost_every == 0:
            self._lost.add(name)
            raise StoreUnreachableError(f"{name}: no answer; made up, so that a retry mends it")
