"""`AsyncFuture`: what can be asked of a task, and what asking does to it."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest
from held_tasks import Tasks, double, until
from virtual_time import now, run_virtual

from antflow.executor import AsyncExecutor, AsyncFuture


async def fail(error: BaseException | None = None) -> None:
    raise error or ValueError("no")


async def nap(delay: float, value: str) -> str:
    return await asyncio.sleep(delay, value)


async def test_a_future_can_be_awaited_again_and_again(executor: AsyncExecutor) -> None:
    future = executor.submit(double, 4)
    assert await future == await future == await future.result() == 8


async def test_several_may_wait_for_the_same_result(executor: AsyncExecutor, tasks: Tasks) -> None:
    future = executor.submit(tasks.hold, "value")
    waiting = [asyncio.create_task(future.result()) for _ in range(5)]
    await until(lambda: tasks.running)
    tasks.opened.set()
    assert await asyncio.gather(*waiting) == ["value"] * 5


async def test_done_and_exception_follow_the_task(executor: AsyncExecutor, tasks: Tasks) -> None:
    future = executor.submit(tasks.hold)
    assert not future.done()
    with pytest.raises(asyncio.InvalidStateError):
        future.exception()
    tasks.opened.set()
    await future
    assert future.done()
    assert future.exception() is None
    assert not future.cancelled()


def test_a_result_that_times_out_leaves_the_task_alone() -> None:
    async def main() -> None:
        async with AsyncExecutor() as executor:
            future = executor.submit(nap, 10, "value")
            with pytest.raises(TimeoutError, match=r"task 0 .* after 4 s"):
                await future.result(timeout=4)
            assert now() == 4
            assert not future.done()
            assert await future.result(timeout=7) == "value"
            assert now() == 10

    run_virtual(main())


async def test_the_result_of_a_done_task_is_there_whatever_the_timeout(
    executor: AsyncExecutor,
) -> None:
    future = executor.submit(double, 1)
    await future
    assert await future.result(timeout=0) == 2
    assert await future.result(timeout=-1) == 2


async def test_cancelling_who_waits_leaves_the_task_alone(
    executor: AsyncExecutor, tasks: Tasks
) -> None:
    async def wait_for_it() -> Any:
        return await future

    future = executor.submit(tasks.hold, "value")
    waiting = asyncio.create_task(wait_for_it())
    await until(lambda: tasks.running)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not future.done()
    tasks.opened.set()
    assert await future == "value"


async def test_a_callback_gets_the_future_once_it_is_done(executor: AsyncExecutor) -> None:
    seen: list[AsyncFuture[int]] = []
    future = executor.submit(double, 1)
    future.add_done_callback(seen.append)
    assert seen == []
    await future
    await until(lambda: seen)
    future.add_done_callback(seen.append)
    await until(lambda: len(seen) == 2)
    assert seen == [future, future]


async def test_callbacks_are_called_for_failures_and_cancellations(
    executor: AsyncExecutor, tasks: Tasks
) -> None:
    seen: list[str] = []
    failing, held = executor.submit(fail), executor.submit(tasks.hold)
    failing.add_done_callback(lambda future: seen.append(repr(future.exception())))
    held.add_done_callback(lambda future: seen.append(f"cancelled: {future.cancelled()}"))
    await until(lambda: tasks.running)
    held.cancel()
    await until(lambda: len(seen) == 2)
    assert sorted(seen) == ["ValueError('no')", "cancelled: True"]


async def test_a_raising_callback_is_reported_and_changes_nothing(executor: AsyncExecutor) -> None:
    reports: list[Any] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: reports.append(context["exception"]))
    future = executor.submit(double, 1)
    future.add_done_callback(lambda _: 1 / 0)
    assert await future == 2
    await until(lambda: reports)
    assert isinstance(reports[0], ZeroDivisionError)
    assert await executor.submit(double, 2) == 4


async def test_repr_tells_the_number_and_the_state(executor: AsyncExecutor, tasks: Tasks) -> None:
    futures = [executor.submit(tasks.hold) for _ in range(4)]
    await until(lambda: tasks.running == 2)
    futures[3].cancel()
    states = [repr(future) for future in futures]
    tasks.opened.set()
    await asyncio.gather(*futures[:3])
    assert states == [
        "<AsyncFuture 0 running>",
        "<AsyncFuture 1 running>",
        "<AsyncFuture 2 queued>",
        "<AsyncFuture 3 cancelled>",
    ]
    assert repr(futures[0]) == "<AsyncFuture 0 done>"


# exceptions that nobody asks for


async def reports_of(executor: AsyncExecutor, retrieve: bool) -> list[dict[str, Any]]:
    """What asyncio reports of a failed future that is gone, without help of the collector."""
    reports: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: reports.append(context))
    gc.disable()
    try:
        future = executor.submit(fail)
        await until(future.done)
        if retrieve:
            with pytest.raises(ValueError):
                await future
        del future
        await until(lambda: reports or retrieve)
    finally:
        gc.enable()
    gc.collect()
    return reports


async def test_an_exception_that_nobody_asked_for_is_reported(executor: AsyncExecutor) -> None:
    reports = await reports_of(executor, retrieve=False)
    assert [report["message"] for report in reports] == ["Future exception was never retrieved"]
    assert isinstance(reports[0]["exception"], ValueError)


async def test_an_exception_that_was_raised_to_somebody_is_not_reported(
    executor: AsyncExecutor,
) -> None:
    assert await reports_of(executor, retrieve=True) == []
