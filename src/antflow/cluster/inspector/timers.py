"""Callbacks on an event loop, set from any thread."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any


def call_on(loop: asyncio.AbstractEventLoop, callback: Callable[..., Any], *args: Any) -> None:
    """Call it on the loop, from any thread; not at all where the loop is closed."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(callback, *args)


class Timer:
    """Calls back once, on the loop: when told to, or when its time has come.

    Args:
        loop: the loop.
        seconds: from now.
        callback: what to call; not called after `cancel`.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, seconds: float, callback: Callable[[], None]
    ) -> None:
        self._callback: Callable[[], None] | None = callback
        self._handle: asyncio.TimerHandle | None = None
        call_on(loop, self._arm, loop, seconds)

    def _arm(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        if self._callback is not None:
            self._handle = loop.call_later(seconds, self.fire)

    def fire(self) -> None:
        """Call back now, unless it was done or cancelled; on the loop."""
        callback = self._callback
        self.cancel()
        if callback is not None:
            callback()

    def cancel(self) -> None:
        """Never call back."""
        self._callback = None
        if self._handle is not None:
            self._handle.cancel()
