"""Those who get each raw event, whose errors stop nobody."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from antflow.callbacks import Guard

Callback = Callable[..., Any]


class Subscribers:
    """Callbacks, sync or async, called on the loop.

    Args:
        what: what they are, for the log.
    """

    def __init__(self, what: str) -> None:
        self._callbacks: dict[object, Callback] = {}
        self._guard = Guard(what)
        self._tasks: set[asyncio.Future[Any]] = set()

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._callbacks)

    def add(self, callback: Callback) -> Callable[[], None]:
        """Add one; the answer removes it again, once or more often."""
        key = object()
        self._callbacks[key] = callback
        return lambda: self._callbacks.pop(key, None) and None

    def call(self, *args: Any) -> None:
        """Call each; errors are logged and counted."""
        for callback in list(self._callbacks.values()):
            self.guarded(callback, *args)

    def guarded(self, callback: Callback, *args: Any) -> None:
        """Call one in the same way."""
        try:
            result = callback(*args)
        except Exception as error:
            self._guard.report(error)
            return
        if inspect.isawaitable(result):
            task = asyncio.ensure_future(self._finish(result))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _finish(self, result: Awaitable[Any]) -> None:
        try:
            await result
        except Exception as error:
            self._guard.report(error)

    def cancel(self) -> None:
        """Cancel what async callbacks still do."""
        for task in list(self._tasks):
            task.cancel()
