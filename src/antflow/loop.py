"""A faster event loop, where one is installed."""

from __future__ import annotations

import asyncio
import sys


def install_fast_loop() -> bool:
    """Let `asyncio.run` and friends use uvloop (on Windows winloop), where it is installed.

    Returns:
        Whether it did; without the extra `fast` everything stays as it is.
    """
    try:
        if sys.platform == "win32":
            import winloop as fast
        else:
            import uvloop as fast
    except ImportError:
        return False
    asyncio.set_event_loop_policy(fast.EventLoopPolicy())
    return True
