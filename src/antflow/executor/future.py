"""`AsyncFuture`: the outcome-to-be of one submitted task."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Generator, Iterable
from typing import Any, Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


class AsyncFuture(Generic[T_co]):
    """What `AsyncExecutor.submit` gives; awaiting it gives the task's result.

    After `concurrent.futures.Future`, with two differences that asyncio brings: `result` is
    awaited, and a cancelled one raises `asyncio.CancelledError`. Cancelling somebody who waits
    for the result leaves the task alone; only `cancel` ends it. A task's exception that nobody
    ever asks for is reported by asyncio once the future is gone, as those of its own futures are.

    Attributes:
        sequence_id: position among the executor's submitted tasks, from 0.
    """

    __slots__ = ("__weakref__", "_outcome", "_task", "sequence_id")

    def __init__(self, loop: asyncio.AbstractEventLoop, sequence_id: int) -> None:
        self.sequence_id = sequence_id
        self._outcome: asyncio.Future[T_co] = loop.create_future()
        self._task: asyncio.Task[None] | None = None  # set while the task runs

    def __await__(self) -> Generator[Any, None, T_co]:
        return self.result().__await__()

    async def result(self, timeout: float | None = None) -> T_co:
        """Wait for the task's result; a task that is not done in time goes on.

        Args:
            timeout: seconds; None waits without limit.

        Raises:
            TimeoutError: the task is not done in time.
            asyncio.CancelledError: the task was cancelled.
            BaseException: the task's own exception, with its traceback.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._ended()
        if not self._outcome.done():
            raise TimeoutError(f"task {self.sequence_id} is not done after {timeout} s")
        try:
            return self._outcome.result()
        finally:
            del self  # this frame is in the traceback, which the outcome holds

    def done(self) -> bool:
        """Whether the task returned, raised or was cancelled."""
        return self._outcome.done()

    def exception(self) -> BaseException | None:
        """The exception that the task raised, or None where it returned.

        Raises:
            asyncio.InvalidStateError: the task is not done.
            asyncio.CancelledError: the task was cancelled.
        """
        return self._outcome.exception()

    def cancel(self) -> bool:
        """Cancel the task, whether it waits or runs.

        The future is done at once. A coroutine gets a CancelledError where it waits; its worker
        and whoever awaits the future then wait until its clean-up has ended. A function on a
        thread goes on; its worker is busy until it returns, and nobody else waits for that. What
        they still return or raise is thrown away.

        Returns:
            False where the task was done already, else True.
        """
        if self._outcome.done():
            return False
        if self._task is not None:
            self._task.cancel()  # first, so that its clean-up begins before waiters wake
        return self._outcome.cancel()

    def cancelled(self) -> bool:
        """Whether the task was cancelled."""
        return self._outcome.cancelled()

    def add_done_callback(self, fn: Callable[[AsyncFuture[T_co]], object]) -> None:
        """Have the loop call `fn(future)` once the task is done, soon where it is done already.

        An exception in `fn` goes to the loop's exception handler, which logs it.
        """
        self._outcome.add_done_callback(lambda _: fn(self))

    def __repr__(self) -> str:
        if self._outcome.cancelled():
            state = "cancelled"
        elif self._outcome.done():
            state = "done"
        else:
            state = "queued" if self._task is None else "running"
        return f"<AsyncFuture {self.sequence_id} {state}>"

    async def _ended(self) -> None:
        if not self._outcome.done():
            await asyncio.wait((self._outcome,))
        if self._task is not None and not self._task.done():  # cancelled: its clean-up
            await asyncio.wait((self._task,))

    def _returned(self, value: Any) -> None:
        if not self._outcome.done():
            self._outcome.set_result(value)

    def _raised(self, error: BaseException) -> None:
        if not self._outcome.done():
            self._outcome.set_exception(error)


def discard(futures: Iterable[AsyncFuture[Any]]) -> None:
    """Cancel what is not done, and let nobody report the exceptions of what is."""
    for future in futures:
        if not future.cancel() and not future.cancelled():
            future.exception()
