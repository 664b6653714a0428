"""`Stage.cpu_bound`: coroutine functions that compute, on a loop of each worker's own thread."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar
from typing import Any

from antflow import Pipeline, Stage, set_task_status
from antflow.testing import until

user: ContextVar[str] = ContextVar("user", default="nobody")


async def loop_and_thread(value: Any) -> tuple[int, str]:
    await asyncio.sleep(0)
    return id(asyncio.get_running_loop()), threading.current_thread().name


async def test_cpu_bound_runs_coroutines_on_a_loop_of_each_workers_own_thread() -> None:
    main_loop = id(asyncio.get_running_loop())
    pipeline = Pipeline([Stage.cpu_bound("Work", loop_and_thread, workers=1)])
    results = await pipeline.run(range(5))
    (place,) = {result.value for result in results}
    assert place[0] != main_loop
    assert place[1] == "Work-W0"


async def test_cpu_bound_runs_plain_functions_on_the_same_threads() -> None:
    def where(value: Any) -> str:
        return threading.current_thread().name

    pipeline = Pipeline([Stage.cpu_bound("Work", where, workers=1)])
    assert {result.value for result in await pipeline.run(range(3))} == {"Work-W0"}


async def test_computing_in_a_coroutine_there_leaves_the_loop_free(blocker: Any) -> None:
    async def compute(value: int) -> int:
        return blocker(value)  # type: ignore[no-any-return]

    task = asyncio.create_task(Pipeline([Stage.cpu_bound("Work", compute, workers=2)]).run([1, 2]))
    await until(lambda: sorted(blocker.entered) == [1, 2])
    blocker.released.set()
    assert [result.value for result in await task] == [1, 2]


async def test_a_coroutine_there_is_cancelled_at_its_timeout() -> None:
    cleaned = threading.Event()

    async def sleep(value: int) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            cleaned.set()

    stage = Stage.cpu_bound("Work", sleep, workers=1, timeout=0.02)
    (result,) = await Pipeline([stage]).run([1], include_failures=True)
    assert isinstance(result.error, TimeoutError)
    await until(cleaned.is_set)
    assert cleaned.is_set()


async def test_a_coroutine_there_has_the_context_and_may_set_its_status() -> None:
    async def work(value: int) -> tuple[str, bool]:
        return user.get(), set_task_status("crunching")

    user.set("me")
    (result,) = await Pipeline([Stage.cpu_bound("Work", work, workers=1)]).run([1])
    assert result.value == ("me", True)


async def test_a_failure_there_is_the_items() -> None:
    async def work(value: int) -> int:
        if value == 1:
            raise ValueError("no")
        return value

    stage = Stage.cpu_bound("Work", work, workers=2)
    bad, good = await Pipeline([stage]).run([1, 2], include_failures=True)
    assert (str(bad.error), good.value) == ("no", 2)
