"""`Attempt`: how a worker runs an item's tasks where the stage asks for more than that."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any

from antflow.hooks import WorkHook
from antflow.pipeline.ledger import Slot
from antflow.pipeline.scope import Wait
from antflow.pipeline.stage import Stage
from antflow.pipeline.station import Station
from antflow.pipeline.task import is_async
from antflow.threads import WorkerThread
from antflow.tracker.recorder import Recorder
from antflow.types import DROP, TaskEvent, TaskEventType, TaskFunc

Call = Callable[..., Coroutine[Any, Any, Any]]


class Attempt:
    """Runs the tasks of one worker's items: on threads, with limits, timeouts and events.

    Args:
        slot: the worker's place.
        station: its stage in this run.
        clock: the run's clock.
        record: the tracker's recorder, or None.
        hook: tracing and the like, or None.
    """

    def __init__(
        self,
        slot: Slot,
        station: Station,
        clock: Callable[[], float],
        record: Recorder | None,
        hook: WorkHook | None,
    ) -> None:
        self._slot = slot
        self._station = station
        self._clock = clock
        self._record = record
        self._hook = hook
        self._thread: WorkerThread | None = None
        self._started = 0.0
        stage = station.stage
        self._steps = [
            (name, self._caller(stage, task), station.gates.get(name))
            for name, task in zip(stage.task_names, stage.tasks, strict=True)
        ]

    def _caller(self, stage: Stage, task: TaskFunc) -> Call:
        if is_async(task):
            return task if stage.executor == "loop" else self._on_thread_loop(task)
        return self._on_thread(task)

    def _on_thread(self, task: TaskFunc) -> Call:
        async def call(*args: Any, **keywords: Any) -> Any:
            result = await self.thread.run(lambda: task(*args, **keywords))
            return await result if inspect.isawaitable(result) else result

        return call

    def _on_thread_loop(self, task: TaskFunc) -> Call:
        async def call(*args: Any, **keywords: Any) -> Any:
            async def coroutine() -> Any:
                return await task(*args, **keywords)

            return await self.thread.run_coroutine(coroutine)

        return call

    @property
    def thread(self) -> WorkerThread:
        """The worker's own thread."""
        if self._thread is None:
            self._thread = WorkerThread(self._slot.name)
        return self._thread

    @property
    def thread_busy(self) -> bool:
        """Whether a call that nobody waits for any more still runs on the thread."""
        return self._thread is not None and self._thread.busy

    def close(self) -> None:
        """Let the thread go."""
        if self._thread is not None:
            self._thread.close()

    async def perform(self, value: Any) -> Any:
        """Run the tasks from the slot's index on; the last one's answer."""
        slot, hook = self._slot, self._hook
        if hook is None or slot.item is None:
            return await self._steps_from(slot.index, value)
        with hook.stage(slot.item.carrier, slot.stage.name):
            return await self._steps_from(slot.index, value)

    async def _steps_from(self, first: int, value: Any) -> Any:
        slot = self._slot
        for index in range(first, len(self._steps)):
            slot.index = index
            slot.partial = value
            value = await self._step(index, value)
            if slot.stage.retry == "per_task":
                slot.attempt = 1
            if value is DROP:
                break
        slot.index = 0
        slot.partial = None
        return value

    async def _step(self, index: int, value: Any) -> Any:
        name, call, gate = self._steps[index]
        args, keywords = _arguments(value) if self._slot.stage.unpack_args else ((value,), {})
        async with AsyncExitStack() as stack:
            if gate is not None:
                with Wait(self._slot, "limit", self._clock):
                    await stack.enter_async_context(gate)
            if self._station.pacer is not None:
                with Wait(self._slot, "rate", self._clock):
                    await self._station.pacer.acquire()
            if self._hook is not None:
                stack.enter_context(self._hook.task(name, self._slot.attempt))
            self._started = self._clock()
            self.tell("start")
            timeout = self._slot.stage.timeout
            if timeout is None:
                result = await call(*args, **keywords)
            else:
                result = await _within(timeout, call(*args, **keywords), name)
            self.tell("complete")
            return result

    def tell(self, kind: TaskEventType, error: BaseException | None = None) -> None:
        """Publish a task event, where somebody listens."""
        record, slot = self._record, self._slot
        if record is None or not record.task_listening or slot.item is None:
            return
        now = self._clock()
        record.task(
            TaskEvent(
                slot.item.id,
                slot.stage.name,
                self._steps[slot.index][0],
                slot.name,
                kind,
                slot.attempt,
                now + slot.epoch,
                error,
                None if kind == "start" else now - max(self._started, slot.since),
            )
        )


async def _within(seconds: float, work: Coroutine[Any, Any, Any], name: str) -> Any:
    deadline = asyncio.timeout(seconds)
    try:
        async with deadline:
            return await work
    except TimeoutError as error:
        if deadline.expired() and not error.args:
            error.args = (f"task {name!r} took longer than {seconds} s",)
        raise


def _arguments(value: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if isinstance(value, dict):
        return (), value
    if isinstance(value, (list, tuple)):
        return tuple(value), {}
    return (value,), {}
