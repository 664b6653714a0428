"""`as_completed` and `wait`."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from held_tasks import Tasks, double, until
from virtual_time import now, run_virtual

from antflow.executor import AsyncExecutor, AsyncFuture, WaitStrategy


async def nap(delay: float) -> float:
    return await asyncio.sleep(delay, delay)


def after(executor: AsyncExecutor, *delays: float) -> list[AsyncFuture[float]]:
    return [executor.submit(nap, delay) for delay in delays]


async def fail(delay: float = 0) -> None:
    await asyncio.sleep(delay)
    raise ValueError


def test_as_completed_gives_the_futures_as_they_are_done() -> None:
    async def main() -> None:
        async with AsyncExecutor() as executor:
            futures = after(executor, 3, 1, 2)
            seen = [(future, now()) async for future in executor.as_completed(futures)]
        assert seen == [(futures[1], 1), (futures[2], 2), (futures[0], 3)]

    run_virtual(main())


async def test_as_completed_gives_each_future_once_failed_ones_too(
    executor: AsyncExecutor, tasks: Tasks
) -> None:
    failed, held = executor.submit(fail), executor.submit(tasks.hold)
    await until(lambda: failed.done() and tasks.running)
    held.cancel()
    futures = [failed, held, failed, executor.submit(double, 1)]
    seen = [future async for future in executor.as_completed(futures)]
    assert len(seen) == 3
    assert set(seen) == set(futures)
    assert isinstance(failed.exception(), ValueError)


async def test_as_completed_of_nothing_ends_at_once(executor: AsyncExecutor) -> None:
    nothing: list[AsyncFuture[int]] = []
    assert [future async for future in executor.as_completed(nothing, timeout=0)] == []


def test_as_completed_has_one_deadline_for_all_from_the_call() -> None:
    async def main() -> None:
        async with AsyncExecutor() as executor:
            futures = after(executor, 4, 8, 12)
            seen: list[AsyncFuture[float]] = []
            iterator = executor.as_completed(futures, timeout=10)
            await asyncio.sleep(1)
            with pytest.raises(TimeoutError):
                async for future in iterator:
                    seen += [future]
            assert now() == 10
            assert seen == futures[:2]
            assert not futures[2].cancelled()
            assert await futures[2] == 12

    run_virtual(main())


def test_what_is_done_is_given_after_the_deadline_too() -> None:
    async def main() -> None:
        async with AsyncExecutor() as executor:
            futures = after(executor, 1, 2, 99)
            iterator = executor.as_completed(futures, timeout=10)
            await asyncio.sleep(20)
            assert await anext(iterator) is futures[0]
            assert await anext(iterator) is futures[1]
            with pytest.raises(TimeoutError):
                await anext(iterator)

    run_virtual(main())


async def test_as_completed_left_early_leaves_the_tasks_alone(
    executor: AsyncExecutor, tasks: Tasks
) -> None:
    futures = [executor.submit(double, 1), executor.submit(tasks.hold, "value")]
    async for future in executor.as_completed(futures):
        assert future is futures[0]
        break
    tasks.opened.set()
    assert await futures[1] == "value"


def test_wait_waits_for_all_by_default() -> None:
    async def main() -> None:
        async with AsyncExecutor() as executor:
            futures = [*after(executor, 1, 3), executor.submit(fail, 2)]
            done, pending = await executor.wait(futures)
            assert now() == 3
            assert (done, pending) == (set(futures), set())
            assert isinstance(futures[2].exception(), ValueError)

    run_virtual(main())


@pytest.mark.parametrize("strategy", [WaitStrategy.FIRST_COMPLETED, "FIRST_COMPLETED"])
def test_wait_returns_with_the_first_that_is_done(strategy: Any) -> None:
    async def main() -> None:
        async with AsyncExecutor() as executor:
            futures = after(executor, 3, 1)
            done, pending = await executor.wait(futures, return_when=strategy)
            assert now() == 1
            assert (done, pending) == ({futures[1]}, {futures[0]})
            assert await executor.wait(futures, return_when=strategy) == (done, pending)

    run_virtual(main())


def test_wait_returns_with_the_first_exception_a_cancelled_one_is_none() -> None:
    async def main() -> None:
        async with AsyncExecutor() as executor:
            failing = executor.submit(fail, 3)
            futures = [failing, *after(executor, 1, 2, 9)]
            futures[2].cancel()
            done, pending = await executor.wait(futures, return_when=WaitStrategy.FIRST_EXCEPTION)
            assert now() == 3
            assert (done, pending) == (set(futures[:3]), {futures[3]})

    run_virtual(main())


def test_wait_for_an_exception_that_never_comes_ends_with_all() -> None:
    async def main() -> None:
        async with AsyncExecutor() as executor:
            futures = after(executor, 1, 2)
            done, pending = await executor.wait(futures, return_when=WaitStrategy.FIRST_EXCEPTION)
            assert (done, pending, now()) == (set(futures), set(), 2)

    run_virtual(main())


@pytest.mark.parametrize("strategy", list(WaitStrategy))
def test_a_timeout_is_an_error_with_all_completed_only(strategy: WaitStrategy) -> None:
    async def main() -> None:
        async with AsyncExecutor() as executor:
            futures = after(executor, 20, 30)
            if strategy is WaitStrategy.ALL_COMPLETED:
                with pytest.raises(TimeoutError, match="2 of 2 not done after 10 s"):
                    await executor.wait(futures, timeout=10, return_when=strategy)
            else:
                answer = await executor.wait(futures, timeout=10, return_when=strategy)
                assert answer == (set(), set(futures))
            assert now() == 10
            assert not any(future.done() for future in futures)

    run_virtual(main())


async def test_wait_for_nothing_returns_at_once(executor: AsyncExecutor) -> None:
    assert await executor.wait([]) == (set(), set())


async def test_an_unknown_strategy_is_a_value_error(executor: AsyncExecutor) -> None:
    with pytest.raises(ValueError, match="SOME_COMPLETED"):
        await executor.wait([], return_when="SOME_COMPLETED")  # type: ignore[arg-type]


async def test_cancelling_wait_leaves_the_tasks_alone(
    executor: AsyncExecutor, tasks: Tasks
) -> None:
    future = executor.submit(tasks.hold, "value")
    waiting = asyncio.create_task(executor.wait([future]))
    await until(lambda: tasks.running)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    tasks.opened.set()
    assert await future == "value"
