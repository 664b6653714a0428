"""Hooks: one at the executor's start, around each task."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from held_tasks import Flaky, double

from antflow import hooks
from antflow.executor import AsyncExecutor

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


class Recorder(hooks.WorkHook):
    def __init__(self) -> None:
        self.seen: list[tuple[int, int, str]] = []
        self.most_workers: set[int] = set()

    @contextmanager
    def _record(self, worker_id: int, task_id: int) -> Any:
        self.most_workers.add(worker_id)
        variable.set(f"task {task_id}")
        try:
            yield
        except BaseException as error:
            self.seen.append((worker_id, task_id, type(error).__name__))
            raise
        self.seen.append((worker_id, task_id, "ok"))

    def executor_task(self, worker_id: int, task_id: int) -> AbstractContextManager[Any]:
        context: AbstractContextManager[Any] = self._record(worker_id, task_id)
        return context


@pytest.fixture
def install() -> Any:
    installed: list[Callable[[], Any]] = []

    def install(provider: Callable[[], Any]) -> None:
        hooks.install(provider)
        installed.append(provider)

    yield install
    for provider in installed:
        hooks.uninstall(provider)


async def test_a_hook_surrounds_each_task_once_with_worker_and_task_id(install: Any) -> None:
    recorder = Recorder()
    install(lambda: recorder)
    async with AsyncExecutor(max_workers=2) as executor:
        assert await executor.submit(variable.get) == "task 0"
        flaky = Flaky(1)
        await executor.submit(flaky, retries=1, retry_delay=0)
        with pytest.raises(ValueError):
            await executor.submit(Flaky(1))
        await executor.map(double, range(20))
    assert recorder.seen[:3] == [(0, 0, "ok"), (0, 1, "ok"), (0, 2, "ValueError")]
    assert sorted(task_id for _, task_id, _ in recorder.seen) == list(range(23))
    assert recorder.most_workers == {0, 1}


async def test_the_hook_is_asked_for_once_at_the_first_submit(install: Any) -> None:
    asked: list[int] = []
    executor = AsyncExecutor()
    install(lambda: asked.append(1))
    assert asked == []
    await executor.map(double, range(10))
    await executor.shutdown()
    assert asked == [1]
