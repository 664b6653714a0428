"""`AsyncExecutor`: the facade over the pool, the maps and the waits."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import itertools
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Coroutine,
    Iterable,
)
from contextlib import aclosing
from types import TracebackType
from typing import Any, Self, TypedDict, TypeVar, Unpack, overload

from antflow.exceptions import ExecutorShutdownError
from antflow.executor import mapping, waiting
from antflow.executor.call import Call
from antflow.executor.future import AsyncFuture
from antflow.executor.pool import Entry, Pool
from antflow.executor.waiting import WaitStrategy

T = TypeVar("T")
AsyncFunction = Callable[..., Coroutine[Any, Any, T]]
Column = Iterable[Any] | AsyncIterable[Any]

_FED_PER_WORKER = 2
"""Rows that `map` and `map_iter` keep ahead: a worker that ends one finds the next."""


class MapOptions(TypedDict, total=False):
    """Keywords of `map` and `map_iter`."""

    timeout: float | None
    retries: int
    retry_delay: float


class AsyncExecutor:
    """Runs at most `max_workers` submitted tasks at once, after `concurrent.futures`.

    A coroutine function runs on the event loop, a plain function on a daemon thread of its
    worker's own. An executor that is never shut down does not keep the process from ending.

    Args:
        max_workers: at least 1; workers start with the first tasks, and idle ones cost nothing.

    Raises:
        ValueError: max_workers is less than 1.

    Example:
        >>> async with AsyncExecutor(max_workers=10) as executor:
        ...     pages = await executor.map(fetch, urls, retries=2)
    """

    def __init__(self, max_workers: int = 5) -> None:
        if max_workers < 1:
            raise ValueError(f"max_workers must be at least 1, got {max_workers!r}")
        self.max_workers = max_workers
        self._pool = Pool(max_workers)
        self._numbers = itertools.count()
        self._shut_down = False

    @overload
    def submit(
        self,
        fn: AsyncFunction[T],
        /,
        *args: Any,
        retries: int = 0,
        retry_delay: float = 0.1,
        semaphore: asyncio.Semaphore | None = None,
        **kwargs: Any,
    ) -> AsyncFuture[T]: ...

    @overload
    def submit(
        self,
        fn: Callable[..., T],
        /,
        *args: Any,
        retries: int = 0,
        retry_delay: float = 0.1,
        semaphore: asyncio.Semaphore | None = None,
        **kwargs: Any,
    ) -> AsyncFuture[T]: ...

    def submit(
        self,
        fn: Callable[..., Any],
        /,
        *args: Any,
        retries: int = 0,
        retry_delay: float = 0.1,
        semaphore: asyncio.Semaphore | None = None,
        **kwargs: Any,
    ) -> AsyncFuture[Any]:
        """Queue `fn(*args, **kwargs)`, to run in a copy of the current context.

        Args:
            fn: a coroutine function, or a plain one, which then runs on a thread.
            *args: its positional arguments.
            **kwargs: its keyword arguments, but for the three names below.
            retries: attempts after the first, made when one raises an Exception.
            retry_delay: seconds before the second attempt; each further wait is twice as long.
            semaphore: held during each attempt, not while the next one is awaited.

        Raises:
            ExecutorShutdownError: the executor was shut down.
            RuntimeError: no event loop runs, or the executor is at work on another one.
            ValueError: retries or retry_delay is negative.
        """
        if self._shut_down:
            raise ExecutorShutdownError("the executor was shut down; make a new AsyncExecutor")
        loop = asyncio.get_running_loop()
        call = Call(fn, args, kwargs, retries, retry_delay, semaphore)
        future: AsyncFuture[Any] = AsyncFuture(loop, next(self._numbers))
        self._pool.put(loop, Entry(future, call, contextvars.copy_context()))
        return future

    @overload
    async def map(
        self, fn: AsyncFunction[T], /, *iterables: Column, **options: Unpack[MapOptions]
    ) -> list[T]: ...

    @overload
    async def map(
        self, fn: Callable[..., T], /, *iterables: Column, **options: Unpack[MapOptions]
    ) -> list[T]: ...

    async def map(
        self,
        fn: Callable[..., Any],
        /,
        *iterables: Column,
        timeout: float | None = None,
        retries: int = 0,
        retry_delay: float = 0.1,
    ) -> list[Any]:
        """Call `fn` with the values of each row, the shortest iterable ending the rows.

        The iterables, which may be async, are read as far as the workers need it. The first
        exception in input order ends the map; what it fed and has no result yet is cancelled.

        Args:
            fn: called with one value of each iterable.
            *iterables: finite or not, but the shortest one has to end.
            timeout: seconds for all of it; None: no limit.
            retries: see `submit`.
            retry_delay: see `submit`.

        Returns:
            The results in input order.

        Raises:
            TimeoutError: it took longer than `timeout`.
            ExecutorShutdownError: the executor was shut down.
        """
        submit = functools.partial(self.submit, fn, retries=retries, retry_delay=retry_delay)
        results = self._in_order(submit, iterables, timeout, hold=False)
        async with aclosing(results):
            return [result async for result in results]

    @overload
    def map_iter(
        self, fn: AsyncFunction[T], /, *iterables: Column, **options: Unpack[MapOptions]
    ) -> AsyncGenerator[T, None]: ...

    @overload
    def map_iter(
        self, fn: Callable[..., T], /, *iterables: Column, **options: Unpack[MapOptions]
    ) -> AsyncGenerator[T, None]: ...

    def map_iter(
        self,
        fn: Callable[..., Any],
        /,
        *iterables: Column,
        timeout: float | None = None,
        retries: int = 0,
        retry_delay: float = 0.1,
    ) -> AsyncGenerator[Any, None]:
        """Like `map`, giving the results one by one, in input order.

        It reads at most two rows a worker ahead of its consumer. Leaving it early cancels what
        it fed, at once where it is left by `aclose` (see `contextlib.aclosing`). The timeout
        counts from this call, and runs out only while it waits for a result.
        """
        submit = functools.partial(self.submit, fn, retries=retries, retry_delay=retry_delay)
        return self._in_order(submit, iterables, timeout, hold=True)

    def as_completed(
        self, futures: Iterable[AsyncFuture[T]], timeout: float | None = None
    ) -> AsyncIterator[AsyncFuture[T]]:
        """The futures, each as it is done; those that are done already come first.

        Args:
            futures: each is given once.
            timeout: seconds from this call, for all of them together; None: no limit.

        Raises:
            TimeoutError: while iterating: the time is up and not all are done.
        """
        return waiting.as_completed(futures, timeout)

    async def wait(
        self,
        futures: Iterable[AsyncFuture[T]],
        timeout: float | None = None,
        return_when: WaitStrategy = WaitStrategy.ALL_COMPLETED,
    ) -> tuple[set[AsyncFuture[T]], set[AsyncFuture[T]]]:
        """Wait for all futures or for the first; the tasks go on whatever comes of it.

        Args:
            futures: may be empty.
            timeout: seconds; None: no limit.
            return_when: what to wait for.

        Returns:
            The futures that are done, and those that are not.

        Raises:
            TimeoutError: the time is up before all are done, with ALL_COMPLETED only; the others
                then return what is done.
        """
        return await waiting.wait(futures, timeout, return_when)

    async def shutdown(self, wait: bool = True, cancel_futures: bool = False) -> None:
        """Take no more tasks; those submitted before run and finish. May be called again.

        Args:
            wait: return once all have ended, else at once. A function that was cancelled while
                it ran on a thread is not waited for.
            cancel_futures: cancel the tasks that do not run yet.

        Raises:
            RuntimeError: one of the executor's own tasks would wait for itself.
        """
        self._shut_down = True
        if cancel_futures:
            self._pool.cancel_queued()
        self._pool.close()
        if wait:
            await self._pool.drain()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Shut down and wait; where the body was cancelled, its tasks are cancelled first."""
        if isinstance(error, asyncio.CancelledError):
            self._pool.cancel_all()
        await self.shutdown()

    def _in_order(
        self,
        submit: Callable[..., AsyncFuture[T]],
        iterables: tuple[Column, ...],
        timeout: float | None,
        hold: bool,
    ) -> AsyncGenerator[T, None]:
        deadline = None if timeout is None else asyncio.get_running_loop().time() + timeout
        room = asyncio.Semaphore(_FED_PER_WORKER * self.max_workers)
        return mapping.in_order(submit, iterables, room, deadline, hold)
