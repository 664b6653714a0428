"""One of an executor's workers: a number, and a thread once a plain function needs it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from antflow.pipeline.task import is_async
from antflow.threads import WorkerThread


class Worker:
    """Makes one call at a time.

    Args:
        number: from 0; the hook and the thread's name show it.
    """

    __slots__ = ("_thread", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self._thread: WorkerThread | None = None

    async def call(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Await a coroutine function; call any other on the thread.

        The coroutine that `lambda: fetch(url)` returns is awaited too, on the event loop.
        """
        if is_async(fn):
            return await fn(*args, **kwargs)
        if self._thread is None:
            self._thread = WorkerThread(f"antflow-executor-{self.number}")
        value = await self._thread.run(functools.partial(fn, *args, **kwargs))
        return await value if inspect.iscoroutine(value) else value

    async def until_free(self) -> None:
        """Wait until a call that was cancelled on the thread has come to its end."""
        if self._thread is not None and self._thread.busy:
            await self._thread.until_free()

    def close(self) -> None:
        """Let the thread end."""
        if self._thread is not None:
            self._thread.close()
