"""`map` and `map_iter`: input order, lazy feeding, one deadline, and how they end early."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import pytest
from held_tasks import Flaky, Tasks, double, turns, until
from virtual_time import now, run_virtual

from antflow.executor import AsyncExecutor

AHEAD = 4  # two rows a worker


class Counted:
    """Counts what was read of an endless iterable."""

    def __init__(self) -> None:
        self.read = 0

    def __iter__(self) -> Iterator[int]:
        for number in itertools.count():
            self.read += 1
            yield number


async def nap(delay: float, value: int = 0) -> int:
    return await asyncio.sleep(delay, value)


async def reject_odd(number: int) -> int:
    if number % 2:
        raise ValueError(f"no {number}")
    return number


async def numbers(count: int) -> AsyncIterator[int]:
    for number in range(count):
        await asyncio.sleep(0)
        yield number


def test_results_come_in_input_order_whatever_takes_longest() -> None:
    async def late(number: int) -> int:
        await asyncio.sleep(10 - number)
        return number

    async def main() -> None:
        async with AsyncExecutor(max_workers=4) as executor:
            assert await executor.map(late, range(9)) == list(range(9))
            assert [n async for n in executor.map_iter(late, range(9))] == list(range(9))

    run_virtual(main())


async def test_the_shortest_of_several_iterables_ends_the_rows(executor: AsyncExecutor) -> None:
    assert await executor.map(pow, [2, 3, 4], itertools.count(1)) == [2, 9, 64]
    assert [n async for n in executor.map_iter(pow, itertools.count(1), [3, 2])] == [1, 4]


async def test_no_rows_give_no_results(executor: AsyncExecutor) -> None:
    assert await executor.map(double, []) == []
    assert await executor.map(double) == []
    assert [n async for n in executor.map_iter(double, [])] == []


async def test_false_and_none_are_values(executor: AsyncExecutor) -> None:
    async def same(value: Any) -> Any:
        return value

    assert await executor.map(same, [None, 0, (), False]) == [None, 0, (), False]


async def test_async_iterables_are_taken_too(executor: AsyncExecutor) -> None:
    assert await executor.map(double, numbers(20)) == [2 * n for n in range(20)]
    rows = executor.map_iter(pow, numbers(3), itertools.repeat(2))
    assert [n async for n in rows] == [0, 1, 4]


async def test_results_do_not_wait_for_the_next_of_a_slow_source(executor: AsyncExecutor) -> None:
    more = asyncio.Event()

    async def slow() -> AsyncIterator[int]:
        yield 1
        await more.wait()
        yield 2

    async with aclosing(executor.map_iter(double, slow())) as results:
        assert await anext(results) == 2
        more.set()
        assert await anext(results) == 4


async def test_map_iter_reads_two_rows_a_worker_ahead_of_its_consumer(
    executor: AsyncExecutor,
) -> None:
    source = Counted()
    async with aclosing(executor.map_iter(double, source)) as results:
        assert source.read == 0
        for number in range(20):
            assert await anext(results) == 2 * number
            await turns()
            assert source.read <= number + AHEAD + 1


async def test_map_reads_two_rows_a_worker_ahead_of_its_tasks(
    executor: AsyncExecutor, tasks: Tasks
) -> None:
    source = Counted()
    mapping = asyncio.create_task(executor.map(tasks.hold, source))
    await until(lambda: source.read == AHEAD)
    await turns()
    assert source.read == AHEAD
    mapping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await mapping


def test_a_slow_first_task_does_not_hold_up_the_rest_of_a_map() -> None:
    async def work(number: int) -> int:
        await asyncio.sleep(100 if number == 0 else 1)
        return number

    async def main() -> None:
        async with AsyncExecutor(max_workers=2) as executor:
            assert await executor.map(work, range(101)) == list(range(101))
            assert now() == 100

    run_virtual(main())


async def test_the_first_exception_in_input_order_ends_the_map(
    executor: AsyncExecutor, tasks: Tasks
) -> None:
    async def work(number: int) -> object:
        return await (reject_odd(number) if number < 2 else tasks.hold(number))

    source = Counted()
    with pytest.raises(ValueError, match="no 1"):
        await executor.map(work, source)
    await until(lambda: not tasks.running)
    assert tasks.ended == []
    assert source.read < 10


async def test_map_iter_gives_what_comes_before_the_exception(executor: AsyncExecutor) -> None:
    results: list[int] = []
    with pytest.raises(ValueError, match="no 1"):
        async for result in executor.map_iter(reject_odd, itertools.count()):
            results += [result]
    assert results == [0]


async def test_an_exception_of_the_iterable_comes_after_the_results_before_it(
    executor: AsyncExecutor,
) -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise LookupError("source")

    results: list[int] = []
    with pytest.raises(LookupError, match="source"):
        async for result in executor.map_iter(double, broken()):
            results += [result]
    assert results == [2]
    with pytest.raises(LookupError, match="source"):
        await executor.map(double, broken())


def test_each_row_is_retried_by_itself() -> None:
    async def main() -> None:
        rows = [Flaky(0), Flaky(2), Flaky(1)]

        async def call(row: int) -> int:
            return await rows[row]()

        async with AsyncExecutor(max_workers=3) as executor:
            assert await executor.map(call, range(3), retries=2, retry_delay=2) == [1, 3, 2]
            assert [row.times for row in rows] == [[0], [0, 2, 6], [0, 2]]
            results = executor.map_iter(call, range(3), retries=1)
            assert [result async for result in results] == [2, 4, 3]

    run_virtual(main())


def test_map_has_one_deadline_for_all_and_cancels_what_it_fed() -> None:
    async def main() -> None:
        source = Counted()
        async with AsyncExecutor(max_workers=2) as executor:
            with pytest.raises(TimeoutError):
                await executor.map(nap, itertools.repeat(4), source, timeout=10)
            assert now() == 10
        assert now() == 10
        assert source.read <= 2 * 3 + AHEAD

    run_virtual(main())


def test_the_deadline_of_map_iter_counts_from_the_call() -> None:
    async def main() -> None:
        async with AsyncExecutor(max_workers=1) as executor:
            results = executor.map_iter(nap, [4] * 9, range(9), timeout=10)
            await asyncio.sleep(3)
            assert await anext(results) == 0
            assert now() == 7
            with pytest.raises(TimeoutError):
                await anext(results)
            assert now() == 10

    run_virtual(main())


def test_a_result_that_is_there_is_given_after_the_deadline_too() -> None:
    async def main() -> None:
        async with AsyncExecutor(max_workers=2) as executor:
            results = executor.map_iter(nap, [1, 1], range(2), timeout=10)
            assert await anext(results) == 0
            await asyncio.sleep(20)
            assert [n async for n in results] == [1]

    run_virtual(main())


async def test_map_iter_left_early_cancels_what_it_fed(
    executor: AsyncExecutor, tasks: Tasks
) -> None:
    async def work(number: int) -> object:
        return await (double(number) if number == 0 else tasks.hold(number))

    async for result in executor.map_iter(work, itertools.count()):
        assert result == 0
        await until(lambda: tasks.running == 2)
        break
    await until(lambda: not tasks.running)
    assert tasks.cancelled == [1, 2]
    assert tasks.started == [1, 2]
    assert await executor.submit(double, 1) == 2


async def test_map_iter_closed_with_failures_on_the_way_reports_nothing(
    executor: AsyncExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    results = executor.map_iter(reject_odd, itertools.count())
    assert await anext(results) == 0
    await turns()
    await results.aclose()
    assert not caplog.records


@pytest.mark.parametrize("turns", range(12))
async def test_map_cancelled_at_any_moment_leaves_nothing_behind(
    executor: AsyncExecutor, tasks: Tasks, turns: int
) -> None:
    async def work(number: int) -> object:
        return await (double(number) if number < 2 else tasks.hold(number))

    mapping = asyncio.create_task(executor.map(work, numbers(50)))
    for _ in range(turns):
        await asyncio.sleep(0)
    mapping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await mapping
    started = list(tasks.started)
    await until(lambda: not tasks.running)
    assert tasks.cancelled == started == tasks.started
    assert await executor.submit(double, 1) == 2


async def test_a_consumer_cancelled_while_it_waits_cancels_what_was_fed(
    executor: AsyncExecutor, tasks: Tasks
) -> None:
    async def consume() -> None:
        async for _ in executor.map_iter(tasks.hold, itertools.count()):
            pytest.fail("no result was due")

    consumer = asyncio.create_task(consume())
    await until(lambda: tasks.running == 2)
    consumer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await consumer
    await until(lambda: not tasks.running)
    assert tasks.started == tasks.cancelled == [0, 1]


async def test_a_source_is_closed_to_more_reading_when_the_map_ends(
    executor: AsyncExecutor,
) -> None:
    ended = []

    async def endless() -> AsyncIterator[int]:
        try:
            yield 1
            await asyncio.get_running_loop().create_future()
        finally:
            ended.append(True)

    async with aclosing(executor.map_iter(double, endless())) as results:
        assert await anext(results) == 2
    assert ended == [True]
