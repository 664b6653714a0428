"""How a task fails, how it is tried again, and what its semaphore covers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from held_tasks import Flaky, Gate, Tasks, double, until
from virtual_time import now, run_virtual

from antflow.executor import AsyncExecutor


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt, MemoryError])
async def test_any_exception_of_a_task_ends_up_on_its_future(
    executor: AsyncExecutor, error: type[BaseException]
) -> None:
    async def fail() -> None:
        raise error("no")

    def fail_on_thread() -> None:
        raise error("no")

    for function in (fail, fail_on_thread):
        future = executor.submit(function)
        with pytest.raises(error, match="no") as caught:
            await future.result()
        assert caught.traceback[-1].name == function.__name__
        assert future.exception() is caught.value
        assert not future.cancelled()
    assert await executor.submit(double, 2) == 4


async def test_a_cancelled_error_of_the_tasks_own_is_its_failure(executor: AsyncExecutor) -> None:
    async def fail() -> None:
        raise asyncio.CancelledError("own")

    future = executor.submit(fail)
    with pytest.raises(asyncio.CancelledError, match="own"):
        await future
    assert isinstance(future.exception(), asyncio.CancelledError)
    assert await executor.submit(double, 2) == 4


async def test_a_task_that_cancels_itself_is_cancelled_and_no_other(
    executor: AsyncExecutor,
) -> None:
    async def give_up() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)

    given_up = executor.submit(give_up)
    others = [executor.submit(double, value) for value in range(10)]
    assert await asyncio.gather(*others) == [2 * value for value in range(10)]
    assert given_up.cancelled()


async def test_stop_iteration_of_a_plain_function_becomes_a_runtime_error(
    executor: AsyncExecutor,
) -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        await executor.submit(next, iter(()))


def test_a_task_is_tried_once_and_then_as_often_as_retries_says() -> None:
    async def main() -> None:
        async with AsyncExecutor() as executor:
            flaky = Flaky(2)
            assert await executor.submit(flaky, retries=2) == 3
            flaky = Flaky(1)
            with pytest.raises(ValueError, match="failure 1"):
                await executor.submit(flaky)
            assert len(flaky.times) == 1

    run_virtual(main())


def test_the_last_exception_is_raised_as_it_is() -> None:
    async def main() -> None:
        async with AsyncExecutor() as executor:
            with pytest.raises(ValueError, match="failure 4") as caught:
                await executor.submit(Flaky(9), retries=3)
            assert caught.traceback[-1].name == "__call__"
            assert type(caught.value) is ValueError

    run_virtual(main())


def test_the_wait_starts_with_retry_delay_and_doubles() -> None:
    async def main() -> None:
        async with AsyncExecutor() as executor:
            flaky, by_default = Flaky(3), Flaky(2)
            await executor.submit(flaky, retries=3, retry_delay=2)
            assert flaky.times == [0, 2, 6, 14]
            await executor.submit(by_default, retries=2)
            assert by_default.times == pytest.approx([14, 14.1, 14.3])

    run_virtual(main())


async def test_a_plain_function_is_retried_too(executor: AsyncExecutor) -> None:
    calls: list[int] = []

    def flaky() -> int:
        calls.append(1)
        if len(calls) < 3:
            raise OSError
        return len(calls)

    assert await executor.submit(flaky, retries=5, retry_delay=0) == 3


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, asyncio.CancelledError])
async def test_what_is_no_exception_class_is_not_retried(
    executor: AsyncExecutor, error: type[BaseException]
) -> None:
    flaky = Flaky(1, error)
    with pytest.raises(error):
        await executor.submit(flaky, retries=3).result()
    assert len(flaky.times) == 1


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"retries": -1}, "retries must be at least 0"),
        ({"retry_delay": -0.1}, "retry_delay must be seconds >= 0"),
        ({"retry_delay": float("nan")}, "retry_delay must be seconds >= 0"),
    ],
)
async def test_wrong_retry_options_are_value_errors(
    executor: AsyncExecutor, options: dict[str, Any], text: str
) -> None:
    with pytest.raises(ValueError, match=text):
        executor.submit(double, 1, **options)


async def test_the_semaphore_is_held_during_an_attempt(tasks: Tasks) -> None:
    semaphore = asyncio.Semaphore(2)
    async with AsyncExecutor(max_workers=5) as executor:
        futures = [executor.submit(tasks.hold, n, semaphore=semaphore) for n in range(6)]
        await until(lambda: semaphore.locked() and tasks.running == 2)
        tasks.opened.set()
        await asyncio.gather(*futures)
    assert tasks.most == 2
    assert not semaphore.locked()


async def test_the_semaphore_is_held_while_a_thread_works(executor: AsyncExecutor) -> None:
    semaphore, gate = asyncio.Semaphore(1), Gate()
    future = executor.submit(gate, "value", semaphore=semaphore)
    await gate.until_begun()
    assert semaphore.locked()
    gate.opened.set()
    assert await future == "value"
    assert not semaphore.locked()


def test_the_semaphore_is_free_while_a_retry_is_waited_for() -> None:
    async def main() -> None:
        semaphore = asyncio.Semaphore(1)
        async with AsyncExecutor() as executor:
            flaky = Flaky(1)
            future = executor.submit(flaky, retries=1, retry_delay=100, semaphore=semaphore)
            await asyncio.sleep(50)
            assert not semaphore.locked()
            assert await executor.submit(double, 3, semaphore=semaphore) == 6
            assert now() == 50
            assert await future == 2
            assert flaky.times == [0, 100]

    run_virtual(main())
