"""What one submitted task is, and how it is tried."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from antflow.executor.worker import Worker


@dataclass(frozen=True, slots=True)
class Call:
    """A call with its arguments and its attempts.

    Attributes:
        fn: a coroutine function, or a plain one, which then runs on the worker's thread.
        args: positional arguments.
        kwargs: keyword arguments.
        retries: attempts after the first; at least 0.
        retry_delay: seconds before the second attempt; each further wait is twice as long.
        semaphore: held during each attempt, not while the next one is awaited.

    Raises:
        ValueError: retries or retry_delay is negative.
        TypeError: fn is not callable.
    """

    fn: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    retries: int = 0
    retry_delay: float = 0.1
    semaphore: asyncio.Semaphore | None = None

    def __post_init__(self) -> None:
        if not callable(self.fn):
            raise TypeError(f"fn must be callable, got {self.fn!r}; give the function without ()")
        if self.retries < 0:
            raise ValueError(f"retries must be at least 0, got {self.retries!r}")
        if not self.retry_delay >= 0:
            raise ValueError(f"retry_delay must be seconds >= 0, got {self.retry_delay!r}")

    async def run(self, worker: Worker) -> Any:
        """Make the attempts; return the first result or raise the last exception as it is."""
        delay = float(self.retry_delay)
        for _ in range(self.retries):
            try:
                return await self._attempt(worker)
            except Exception:
                if _is_being_cancelled():  # fn made another error of its cancellation
                    raise
            await asyncio.sleep(delay)
            delay *= 2
        return await self._attempt(worker)

    async def _attempt(self, worker: Worker) -> Any:
        if self.semaphore is None:
            return await worker.call(self.fn, *self.args, **self.kwargs)
        async with self.semaphore:
            return await worker.call(self.fn, *self.args, **self.kwargs)


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
