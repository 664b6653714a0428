"""Finding the asyncio loop that is meant: given, wrapped by tornado, or running."""

from __future__ import annotations

import asyncio
from typing import Any, cast


def asyncio_loop(io_loop: Any = None) -> asyncio.AbstractEventLoop:
    """The loop itself.

    Args:
        io_loop: an asyncio loop, a tornado IOLoop, or None for the running one.

    Raises:
        RuntimeError: None was given and none is running.
        TypeError: it is no loop.
    """
    if io_loop is None:
        try:
            return asyncio.get_running_loop()
        except RuntimeError:
            raise RuntimeError(
                "no event loop is running: start from a coroutine, or give io_loop"
            ) from None
    loop = getattr(io_loop, "asyncio_loop", io_loop)
    if not hasattr(loop, "call_soon_threadsafe"):
        raise TypeError(f"io_loop is no event loop: {type(io_loop).__name__}")
    return cast("asyncio.AbstractEventLoop", loop)
