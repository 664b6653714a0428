"""Which clock an event loop lives by."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


def clock_of(loop: asyncio.AbstractEventLoop) -> Callable[[], float]:
    """Seconds on the loop's clock: the loop's own `virtual_clock`, else `time.monotonic`.

    `loop.time` is passed by: it costs twice as much, and uvloop's stands still between polls.
    """
    return getattr(loop, "virtual_clock", time.monotonic)
