"""Which exceptions in a coroutine are its caller's, and which mean that it has to end."""

from __future__ import annotations

import asyncio


def must_end(error: BaseException) -> bool:
    """Whether `error`, caught in a coroutine of ours, ends the coroutine itself.

    So does a cancellation of its asyncio task, and a `GeneratorExit` thrown in by the
    interpreter. The same classes raised by a user's function are that function's failures.
    """
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is None or task.cancelling() > 0
    if isinstance(error, GeneratorExit):
        try:
            return asyncio.current_task() is None
        except RuntimeError:  # no running loop: the coroutine is being closed
            return True
    return False
