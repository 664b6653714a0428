"""The workers of an executor and the queue before them.

A worker has an asyncio task only while there is work: an idle one costs nothing, and a loop that
ends finds nothing pending. Each submitted task runs in an asyncio task of its own, so that
cancelling the one never touches the worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections import deque
from typing import Any, NamedTuple

from antflow import hooks
from antflow.executor.call import Call
from antflow.executor.future import AsyncFuture
from antflow.executor.worker import Worker
from antflow.interrupts import must_end


class Entry(NamedTuple):
    """A submitted task that waits for a worker."""

    future: AsyncFuture[Any]
    call: Call
    context: contextvars.Context


class Pool:
    """At most `size` workers, each with one call at a time, first in first out.

    It belongs to the event loop of the first `put`, and to another one once that is closed.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._loop: asyncio.AbstractEventLoop | None = None
        self._queue: deque[Entry] = deque()
        self._made = 0  # workers, idle ones included
        self._idle: list[Worker] = []
        self._active: dict[asyncio.Task[None], Worker] = {}
        self._running: dict[asyncio.Task[None], AsyncFuture[Any]] = {}
        self._hook: hooks.WorkHook | None = None
        self._closed = False

    def put(self, loop: asyncio.AbstractEventLoop, entry: Entry) -> None:
        """Queue a task and see to it that a worker takes it.

        Raises:
            RuntimeError: the pool is at work on another event loop.
        """
        if loop is not self._loop:
            self._move_to(loop)
        self._queue.append(entry)
        if self._made - len(self._idle) < self._size:
            self._start_worker(loop)

    def close(self) -> None:
        """Let each worker's thread end once there is nothing left to do; does not wait."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def cancel_queued(self) -> None:
        """Cancel what no worker has taken yet."""
        while self._queue:
            self._queue.popleft().future.cancel()

    def cancel_all(self) -> None:
        """Cancel what waits and what runs."""
        self.cancel_queued()
        for future in list(self._running.values()):
            future.cancel()

    async def drain(self) -> None:
        """Wait until every task has ended; those that a thread goes on with are not waited for.

        Raises:
            RuntimeError: one of the tasks asks, so that it would wait for itself.
        """
        if self._loop is None or self._loop.is_closed():
            return
        if asyncio.current_task() in self._running:
            raise RuntimeError("a task of the executor cannot wait for its end; use wait=False")
        while left := [*self._running, *self._queued_outcomes()]:
            await asyncio.wait(left)
        for task in self._active:  # they wait for abandoned threads only
            task.cancel()
        if self._active:
            await asyncio.wait(self._active)

    def _queued_outcomes(self) -> list[asyncio.Future[Any]]:
        return [entry.future._outcome for entry in self._queue if not entry.future.done()]

    def _move_to(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is None:
            self._hook = hooks.current()
        elif self._active:
            if not self._loop.is_closed():
                raise RuntimeError("the executor is at work on another event loop; use one a loop")
            self._active.clear()
            self._running.clear()
            self._queue.clear()
            self._idle.clear()
            self._made = 0
        self._loop = loop

    def _start_worker(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._idle:
            worker = self._idle.pop()
        else:
            worker = Worker(self._made)
            self._made += 1
        task = loop.create_task(self._work(loop, worker), name=f"executor worker {worker.number}")
        self._active[task] = worker
        task.add_done_callback(self._retire)

    async def _work(self, loop: asyncio.AbstractEventLoop, worker: Worker) -> None:
        own_task = asyncio.current_task()
        assert own_task is not None
        while self._queue:
            entry = self._queue.popleft()
            if entry.future.done():
                continue
            await self._perform(loop, worker, entry)
            if own_task.cancelling():  # the task that it awaited took the cancellation
                break
            del entry
            await worker.until_free()
        self._retire(own_task)  # now, so that the next to submit finds this worker idle

    async def _perform(self, loop: asyncio.AbstractEventLoop, worker: Worker, entry: Entry) -> None:
        future = entry.future
        work = _run(future, entry.call, worker, self._hook)
        future._task = task = loop.create_task(work, context=entry.context)
        self._running[task] = future
        with contextlib.suppress(asyncio.CancelledError):
            await task
        del self._running[task]
        future._task = None
        future.cancel()  # no outcome: somebody cancelled the asyncio task itself

    def _retire(self, task: asyncio.Task[None]) -> None:
        worker = self._active.pop(task, None)
        if worker is None:
            return
        if task.cancelled() or task.cancelling():
            self.cancel_queued()  # the event loop is being torn down; new tasks would be pending
        if self._closed and not self._queue:
            worker.close()
        else:
            self._idle.append(worker)


async def _run(
    future: AsyncFuture[Any], call: Call, worker: Worker, hook: hooks.WorkHook | None
) -> None:
    """Put the call's outcome on the future, whatever it raises."""
    try:
        future._returned(await _traced(call, worker, hook, future.sequence_id))
    except BaseException as error:
        if must_end(error):
            raise
        future._raised(error)
    finally:
        del future  # this frame is in the traceback, which the future holds


async def _traced(call: Call, worker: Worker, hook: hooks.WorkHook | None, task_id: int) -> Any:
    if hook is None:
        return await call.run(worker)
    with hook.executor_task(worker.number, task_id):
        return await call.run(worker)
