"""A small engine that drives the hooks as the real one does, in the order a test chooses."""

from __future__ import annotations

import asyncio
import contextvars
import functools
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from antflow import hooks


class FakeEngine:
    """Workers of one-task stages; each item is (carrier, value)."""

    def __init__(self, *stages: tuple[str, Callable[[Any], Any]], attempts: int = 1) -> None:
        self.stages = stages
        self.attempts = attempts
        self.hook = hooks.current()
        self.outcomes: list[Any] = []

    def carrier(self) -> Any:
        return self.hook.carrier() if self.hook else None

    async def run(self, items: list[Any], workers: int = 2) -> list[Any]:
        """Feed and work within the run's span, as `Pipeline.run` does."""
        with self.hook.run(len(self.stages), len(items)) if self.hook else nullcontext():
            queue = [(self.carrier(), item) for item in items]
            async with asyncio.TaskGroup() as group:
                for _ in range(workers):
                    group.create_task(self._worker(queue))
        return self.outcomes

    async def _worker(self, queue: list[tuple[Any, Any]]) -> None:
        while queue:
            await self.work(*queue.pop(0))

    async def work(self, carrier: Any, value: Any) -> None:
        """One item through all stages."""
        for name, task in self.stages:
            try:
                value = await self._attempts(carrier, name, task, value)
            except BaseException as error:
                if being_cancelled(error):
                    raise
                if self.hook:
                    self.hook.item_failed(name, error)
                self.outcomes.append(error)
                return
        if self.hook:
            self.hook.item_processed()
        self.outcomes.append(value)

    async def _attempts(
        self, carrier: Any, stage: str, task: Callable[[Any], Any], value: Any
    ) -> Any:
        for attempt in range(1, self.attempts + 1):
            try:
                with self.hook.stage(carrier, stage) if self.hook else nullcontext():
                    return await self._attempt(task, value, attempt)
            except Exception as error:
                if attempt == self.attempts:
                    raise
                if self.hook:
                    self.hook.item_retried(stage, error)
        raise AssertionError("attempts must be at least 1")

    async def _attempt(self, task: Callable[[Any], Any], value: Any, attempt: int) -> Any:
        with self.hook.task(task.__name__, attempt) if self.hook else nullcontext():
            if asyncio.iscoroutinefunction(task):
                return await task(value)
            call = functools.partial(contextvars.copy_context().run, task, value)
            return await asyncio.get_running_loop().run_in_executor(None, call)


def being_cancelled(error: BaseException) -> bool:
    """Whether the worker itself is being cancelled."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and bool(task and task.cancelling())
