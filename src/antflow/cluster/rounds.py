"""`Rounds`: a coroutine function called again and again, also when somebody asks for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

_logger = logging.getLogger("antflow")


class Rounds:
    """Calls at once, then `interval` seconds after each call's end, or as soon as woken.

    A call that raises is logged, once per kind of error, and the rounds go on.

    Args:
        call: what is called.
        interval: seconds.
        name: for the log and the task.
    """

    def __init__(self, call: Callable[[], Awaitable[None]], interval: float, name: str) -> None:
        self._call = call
        self._interval = interval
        self._name = name
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._logged: set[type[BaseException]] = set()

    def start(self) -> None:
        """Begin; while running: no effect."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"antflow-{self._name}")

    def wake(self) -> None:
        """Have the next call made now, or right after the one that runs."""
        self._woken.set()

    async def stop(self) -> None:
        """End, also in the middle of a call."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self._call()
            except Exception as error:
                if type(error) not in self._logged:
                    self._logged.add(type(error))
                    _logger.warning("%s failed and goes on", self._name, exc_info=True)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._interval):
                    await self._woken.wait()
