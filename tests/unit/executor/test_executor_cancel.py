"""`cancel`: of a task that waits, runs, has ended, or waits to be tried again."""

from __future__ import annotations

import asyncio

import pytest
from held_tasks import Gate, Tasks, double, turns, until
from virtual_time import now, run_virtual

from antflow.executor import AsyncExecutor


async def test_a_queued_task_that_is_cancelled_never_runs(
    executor: AsyncExecutor, tasks: Tasks
) -> None:
    running = [executor.submit(tasks.hold, number) for number in range(2)]
    queued = executor.submit(tasks.hold, "never")
    following = executor.submit(tasks.hold, "next")
    await until(lambda: tasks.running == 2)
    assert queued.cancel()
    assert queued.cancelled()
    assert queued.done()
    tasks.opened.set()
    await asyncio.gather(*running, following)
    assert tasks.started == [0, 1, "next"]
    with pytest.raises(asyncio.CancelledError):
        await queued
    with pytest.raises(asyncio.CancelledError):
        queued.exception()


async def test_a_task_cancelled_in_the_moment_of_its_submission_never_runs(
    executor: AsyncExecutor, tasks: Tasks
) -> None:
    assert executor.submit(tasks.hold).cancel()
    assert await executor.submit(double, 1) == 2
    assert tasks.started == []


async def test_a_running_coroutine_is_cancelled(executor: AsyncExecutor, tasks: Tasks) -> None:
    future = executor.submit(tasks.hold, 0)
    await until(lambda: tasks.running)
    assert future.cancel()
    assert future.cancelled()
    with pytest.raises(asyncio.CancelledError):
        await future
    assert tasks.cancelled == [0]


async def test_who_awaits_a_cancelled_task_waits_for_its_clean_up(executor: AsyncExecutor) -> None:
    begun, let_go, steps = asyncio.Event(), asyncio.Event(), []

    async def clean_up() -> None:
        begun.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await let_go.wait()
            steps.append("clean")

    async def wait() -> None:
        with pytest.raises(asyncio.CancelledError):
            await future
        steps.append("raised")

    future = executor.submit(clean_up)
    waiting = [asyncio.create_task(wait())]
    await begun.wait()
    assert future.cancel()
    assert future.done()
    waiting.append(asyncio.create_task(wait()))
    await turns()
    with pytest.raises(asyncio.CancelledError):
        await future.result(timeout=0)
    assert steps == []
    let_go.set()
    await asyncio.gather(*waiting)
    assert steps == ["clean", "raised", "raised"]


async def test_a_done_task_cannot_be_cancelled(executor: AsyncExecutor) -> None:
    future = executor.submit(double, 1)
    await future
    assert not future.cancel()
    assert not future.cancelled()
    cancelled = executor.submit(double, 1)
    assert cancelled.cancel()
    assert not cancelled.cancel()


@pytest.mark.parametrize("retries", [0, 3])
@pytest.mark.parametrize("end", ["returns", "raises"])
async def test_what_a_cancelled_task_still_does_is_thrown_away(
    executor: AsyncExecutor, tasks: Tasks, retries: int, end: str
) -> None:
    """Nor is it tried again, and its worker waits for its end."""
    let_go = asyncio.Event()

    async def stubborn() -> str:
        try:
            await tasks.hold()
        finally:
            await let_go.wait()
            if end == "raises":
                raise ValueError
            return "value"  # noqa: B012

    futures = [executor.submit(stubborn, retries=retries, retry_delay=0) for _ in range(2)]
    await until(lambda: tasks.running == 2)
    for future in futures:
        future.cancel()
    following = executor.submit(double, 1)
    await until(lambda: len(tasks.cancelled) == 2)
    assert not following.done()
    let_go.set()
    assert await following == 2
    assert all(future.cancelled() for future in futures)
    assert len(tasks.started) == 2


async def test_a_cancelled_thread_goes_on_and_its_result_is_thrown_away(
    executor: AsyncExecutor,
) -> None:
    gate = Gate()
    future = executor.submit(gate, "value")
    await gate.until_begun()
    assert future.cancel()
    with pytest.raises(asyncio.CancelledError):
        await future
    assert not gate.ended.is_set()
    gate.opened.set()
    await asyncio.to_thread(gate.ended.wait, 10)
    assert future.cancelled()


async def test_the_worker_of_an_abandoned_thread_is_busy_until_its_end() -> None:
    gate = Gate()
    async with AsyncExecutor(max_workers=1) as executor:
        abandoned = executor.submit(gate)
        await gate.until_begun()
        abandoned.cancel()
        following = executor.submit(double, 1)
        await turns()
        assert not following.done()
        gate.opened.set()
        assert await following == 2


def test_a_task_cancelled_while_it_waits_for_a_retry_is_not_tried_again() -> None:
    async def main() -> None:
        calls: list[float] = []

        async def flaky() -> None:
            calls.append(now())
            raise ValueError

        async with AsyncExecutor(max_workers=1) as executor:
            future = executor.submit(flaky, retries=5, retry_delay=10)
            await asyncio.sleep(5)
            assert future.cancel()
            assert await executor.submit(double, 1) == 2
            assert now() == 5
        assert future.cancelled()
        assert calls == [0]

    run_virtual(main())


async def test_a_task_cancelled_while_it_waits_for_the_semaphore_never_runs(
    executor: AsyncExecutor, tasks: Tasks
) -> None:
    semaphore = asyncio.Semaphore(1)
    holder = executor.submit(tasks.hold, "holder", semaphore=semaphore)
    waiting = executor.submit(tasks.hold, "never", semaphore=semaphore)
    await until(lambda: tasks.running)
    assert waiting.cancel()
    tasks.opened.set()
    assert await holder == "holder"
    assert await executor.submit(double, 1, semaphore=semaphore) == 2
    assert tasks.started == ["holder"]
