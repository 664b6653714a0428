"""Which exceptions in a coroutine are its caller's, and which mean that it has to end."""

from __future__ import annotations

import asyncio


def survives_cancellation() -> bool:
    """Whether a task of ours that was cancelled by nobody of us may go on.

    It may where its own callback cancelled it. It may not where the loop is closing, which is
    when every other task is being cancelled, too. Where it goes on, the request is taken back.
    """
    task = asyncio.current_task()
    if task is None or all(other.cancelling() for other in asyncio.all_tasks() - {task}):
        return False
    while task.cancelling():
        task.uncancel()
    return True


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
