"""One thread that coroutines hand calls to: the only place where antflow runs work off the loop.

The threads are daemons, so that nothing that still runs in one keeps the process from ending.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
import weakref
from collections.abc import Callable, Coroutine
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")


class WorkerThread:
    """A daemon thread that makes one call at a time; it starts with the first.

    A coroutine that is cancelled while its call runs does not wait for it: the call goes on and
    its result is thrown away. The thread is `busy` until then. Several coroutines, also of
    different event loops, may share the thread: each waits until it is free.

    Args:
        name: the thread's name, as debuggers and profilers show it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._current: _Call | None = None
        self._waiters: list[asyncio.Future[None]] = []
        self._started = False
        self._closed = False

    @property
    def busy(self) -> bool:
        """Whether a call still runs, abandoned ones included."""
        return self._current is not None

    async def run(self, fn: Callable[..., T], *args: Any) -> T:
        """Call `fn(*args)` on the thread, in a copy of the current context.

        Returns:
            What `fn` returns.

        Raises:
            BaseException: whatever `fn` raises; a StopIteration becomes a RuntimeError.
            RuntimeError: the thread was closed.
        """
        result: T = await self._perform(_Call(fn, args))
        return result

    async def run_coroutine(self, fn: Callable[..., Coroutine[Any, Any, T]], *args: Any) -> T:
        """Await `fn(*args)` on an event loop of the thread's own, in a copy of the context.

        The loop is made for the first such call and serves all of them. Cancelling the caller
        cancels the coroutine there too, and does not wait until it has ended.

        Returns:
            What the coroutine returns.

        Raises:
            BaseException: whatever the coroutine raises.
            RuntimeError: the thread was closed.
        """
        result: T = await self._perform(_LoopCall(fn, args))
        return result

    async def until_free(self) -> None:
        """Return once no call runs, whether or not somebody still wants its result."""
        loop = asyncio.get_running_loop()
        while True:
            with self._lock:
                if self._current is None:
                    return
                waiter = loop.create_future()
                self._waiters.append(waiter)
            try:
                await waiter
            finally:
                with self._lock, contextlib.suppress(ValueError):
                    self._waiters.remove(waiter)

    def close(self) -> None:
        """Let the thread end after the call that runs, if any; does not wait, may be repeated."""
        with self._lock:
            self._closed = True
        self._calls.put(None)

    async def _perform(self, call: _Call) -> Any:
        while not self._claim(call):
            await self.until_free()
        try:
            await call.ended
        except asyncio.CancelledError:
            call.abandon()
            raise
        try:
            return call.outcome()
        finally:
            del call  # it is in the traceback, which would keep what the call holds alive

    def _claim(self, call: _Call) -> bool:
        with self._lock:
            if self._closed:
                raise RuntimeError(f"thread {self.name!r} is closed")
            if self._current is not None:
                return False
            if not self._started:
                self._start()
            call.prepare(self)
            self._current = call
        self._calls.put(call)
        return True

    def _start(self) -> None:
        threading.Thread(target=_serve, args=(self._calls,), name=self.name, daemon=True).start()
        self._started = True
        # The thread holds the queue only: one that is dropped unclosed ends all the same.
        weakref.finalize(self, self._calls.put, None).atexit = False

    def _release(self, call: _Call) -> None:
        """Called on the thread: first free, then awake, so that a woken caller finds it free."""
        with self._lock:
            self._current = None
            waiters, self._waiters = self._waiters, []
        for waiter in (call.ended, *waiters):
            with contextlib.suppress(RuntimeError):  # that loop is closed: nobody waits there
                waiter.get_loop().call_soon_threadsafe(_wake, waiter)


class _Call:
    """A call of a plain function on its way through the thread."""

    def __init__(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self.fn = fn
        self.args = args
        self.value: Any = None
        self.error: BaseException | None = None
        self.abandoned = False

    def prepare(self, thread: WorkerThread) -> None:
        """Take what belongs to the caller: its loop and a copy of its context."""
        self.thread = thread
        self.context = contextvars.copy_context()
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def abandon(self) -> None:
        """The caller was cancelled; a call that the thread has not begun is not made."""
        self.abandoned = True

    def outcome(self) -> Any:
        """Return or raise what the call did; once only."""
        if self.error is None:
            return self.value
        error, self.error = self.error, None
        if isinstance(error, StopIteration):  # a coroutine cannot raise it
            raise RuntimeError("function raised StopIteration") from error
        try:
            raise error
        finally:
            del error, self

    def make(self, runner: asyncio.Runner) -> None:
        """Called on the thread."""
        if not self.abandoned:
            try:
                self.perform(runner)
            except BaseException as error:
                self.error = error
        if self.abandoned:
            self.error = None  # nobody takes it out, and with its traceback it holds this call
        self.thread._release(self)

    def perform(self, runner: asyncio.Runner) -> None:
        self.value = self.context.run(self.fn, *self.args)


class _LoopCall(_Call):
    """A call of a coroutine function, awaited on the thread's own loop."""

    def __init__(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
        super().__init__(fn, args)
        self._lock = threading.Lock()
        self._task: asyncio.Task[Any] | None = None

    def abandon(self) -> None:
        with self._lock:
            self.abandoned = True
            task = self._task
        if task is not None:
            with contextlib.suppress(RuntimeError):  # that loop is closed: the task has ended
                task.get_loop().call_soon_threadsafe(task.cancel)

    def perform(self, runner: asyncio.Runner) -> None:
        runner.run(self._captured(), context=self.context)

    async def _captured(self) -> None:
        """Keeps every exception out of asyncio's hands, which would let some stop the loop."""
        with self._lock:
            self._task = asyncio.current_task()
            if self.abandoned:
                return
        try:
            self.value = await self.fn(*self.args)
        except BaseException as error:
            self.error = error


def _serve(calls: SimpleQueue[_Call | None]) -> None:
    """The thread's life; the runner makes its loop only when it is first used."""
    runner = asyncio.Runner()
    try:
        while (call := calls.get()) is not None:
            call.make(runner)
            del call
    finally:
        runner.close()


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
