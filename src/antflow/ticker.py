"""`Ticker`: a callback at once, then every interval, and once more at the end."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from antflow.callbacks import Guard

_logger = logging.getLogger("antflow")


def positive_seconds(name: str, value: Any) -> float:
    """The value as seconds.

    Raises:
        TypeError: it is not a number.
        ValueError: it is not a finite number above 0.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be a number of seconds, got {value!r}")
    if not 0 < value < math.inf:
        raise ValueError(f"{name} must be seconds > 0, got {value!r}")
    return float(value)


class Ticker:
    """Calls back at once, then `interval` seconds after each call's end, and once at the end.

    A callback that raises is logged once per kind on the logger `antflow`, and goes on.

    Args:
        callback: takes no arguments; sync or async.
        interval: seconds.
        what: the callback's name in the log.
        grace: seconds that `stop` gives to a call that still runs and to the last one.

    Raises:
        TypeError: the callback cannot be called, or the interval is not a number.
        ValueError: the interval is not above 0.
    """

    def __init__(
        self,
        callback: Callable[[], Any],
        interval: float,
        *,
        what: str = "on_update",
        grace: float = 5.0,
    ) -> None:
        if not callable(callback):
            raise TypeError(f"{what} must be callable, got {callback!r}")
        self.interval = positive_seconds("interval", interval)
        self.grace = grace
        self._callback = callback
        self._guard = Guard(what)
        self._task: asyncio.Task[None] | None = None
        self._stopping: asyncio.Event | None = None

    @property
    def running(self) -> bool:
        """Between `start` and `stop`."""
        return self._task is not None and not self._task.done()

    @property
    def errors(self) -> int:
        """How many calls raised."""
        return self._guard.errors

    async def start(self) -> None:
        """Begin; a sync callback has run once when this returns. While running: no effect."""
        if self.running:
            return
        self._stopping = asyncio.Event()
        self._task = asyncio.create_task(self._run(self._stopping), name="antflow-ticker")
        await asyncio.sleep(0)

    async def stop(self) -> None:
        """Call back once more and end, within `grace` seconds. When stopped: no effect."""
        task, self._task = self._task, None
        if task is None or self._stopping is None:
            return
        self._stopping.set()
        if task is asyncio.current_task():
            return  # the callback stopped its own ticker: the loop makes the last call
        try:
            await asyncio.wait({task}, timeout=self.grace)
        finally:
            await self._end(task)

    async def _end(self, task: asyncio.Task[None]) -> None:
        if not task.done():
            _logger.warning("%s did not return; it was cancelled", self._guard.what)
            task.cancel()
            await asyncio.wait({task}, timeout=1.0)
        elif not task.cancelled() and (error := task.exception()):
            raise error

    async def _run(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            await self._guard.call(self._callback)
            with suppress(TimeoutError):
                async with asyncio.timeout(self.interval):
                    await stopping.wait()
        await self._guard.call(self._callback)
