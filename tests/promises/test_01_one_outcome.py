"""Promise 1: every item has exactly one outcome.

fed = processed + failed + dropped + cancelled + in flight, at every moment, whatever tasks raise
and however often a stage retries. Any BaseException fails its item. Nothing hangs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from evidence import assert_one_outcome_each, same, virtually, watched

from antflow import DROP, Pipeline, Stage, StatusTracker
from antflow.testing import Flaky, Gate, settle


class Odd(BaseException):
    """Neither an Exception nor one of Python's own."""


KINDS = [
    ValueError,
    TimeoutError,
    MemoryError,
    RecursionError,
    StopAsyncIteration,
    asyncio.CancelledError,
    SystemExit,
    GeneratorExit,
    Odd,
]


def at_three(kind: type[BaseException]) -> Callable[[int], int]:
    def fail_at_three(value: int) -> int:
        if value == 3:
            raise kind("at three")
        return value

    return fail_at_three


def as_coroutine(function: Callable[[int], int]) -> Callable[[int], Any]:
    async def call(value: int) -> int:
        await asyncio.sleep(0)
        return function(value)

    return call


def twice(task: Any, **fields: Any) -> Stage:
    fields = {"task_attempts": 2, "task_wait_seconds": 0, "stage_attempts": 2} | fields
    return Stage("First", 1, [task], **fields)


PLACES: dict[str, Callable[[Callable[[int], int]], Stage]] = {
    "coroutine": lambda fail: twice(as_coroutine(fail)),
    "second of two tasks": lambda fail: Stage(
        "First", 1, [same, as_coroutine(fail)], task_attempts=2, task_wait_seconds=0
    ),
    "per_stage": lambda fail: twice(as_coroutine(fail), retry="per_stage"),
    "timeout": lambda fail: twice(as_coroutine(fail), timeout=60),
    "plain function": twice,
    "loop on a thread": lambda fail: twice(as_coroutine(fail), executor="thread"),
}


@pytest.mark.parametrize("tracked", [False, True], ids=["untracked", "tracked"])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
async def test_whatever_a_task_raises_fails_its_item_and_no_other(
    kind: type[BaseException], place: str, tracked: bool
) -> None:
    """CancelledError raised by the task itself, SystemExit, MemoryError or any other."""
    tracker = StatusTracker() if tracked else None
    pipeline = Pipeline([PLACES[place](at_three(kind)), Stage("Last", 1, [same])], True, tracker)
    async with asyncio.timeout(30):
        results = await pipeline.run(range(6), include_failures=True)
    assert [result.id for result in results] == list(range(6))
    assert [result.id for result in results if not result.is_success] == [3]
    assert type(results[3].error) is kind
    if tracked:
        assert_one_outcome_each(pipeline, 6)
    stats = pipeline.get_stats()
    assert (stats.items_processed, stats.items_failed, stats.items_in_flight) == (5, 1, 0)


async def test_stop_iteration_of_a_coroutine_fails_the_item() -> None:
    """Python turns it into a RuntimeError on its way."""
    pipeline = Pipeline([twice(as_coroutine(at_three(StopIteration)))])
    results = await pipeline.run(range(5), include_failures=True)
    assert [result.id for result in results if not result.is_success] == [3]
    assert isinstance(results[3].error, RuntimeError)


@pytest.mark.parametrize("retry", ["per_task", "per_stage"])
@pytest.mark.parametrize("failures", [0, 1, 4, 5, 9])
def test_an_item_has_one_outcome_however_often_it_is_tried(retry: Any, failures: int) -> None:
    flaky = Flaky(failures, asyncio.CancelledError)
    stage = Stage(
        "Work",
        2,
        [same, flaky],
        retry,
        5,
        0.5,
        5,
        stage_wait_seconds=0.5,
        retry_on=(BaseException,),
    )
    pipeline = Pipeline([stage, Stage("Last", 1, [same])], status_tracker=StatusTracker())
    results = virtually(pipeline.run(range(8)))
    assert set(flaky.calls.values()) == {min(5, failures + 1)}
    assert len(results) == (8 if failures < 5 else 0)
    assert_one_outcome_each(pipeline, 8)


async def cancel_and_wait(value: int) -> int:
    if value == 3:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)
    return value


async def cancel_and_return(value: int) -> int:
    if value == 3:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
    return value


async def cancel_thrice(value: int) -> int:
    for _ in range(3):
        await cancel_and_return(value)
    return await cancel_and_wait(value)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("task", [cancel_and_wait, cancel_thrice])
def test_a_task_that_cancels_its_own_asyncio_task_fails_its_item(task: Any, workers: int) -> None:
    pipeline = Pipeline(
        [Stage("First", workers, [task]), Stage("Last", 1, [same])], status_tracker=StatusTracker()
    )
    results = virtually(pipeline.run(range(6)))
    assert [result.id for result in results] == [0, 1, 2, 4, 5]
    assert_one_outcome_each(pipeline, 6)


@pytest.mark.parametrize("following", ["more work", "full queue", "callback", "skip_if"])
def test_a_worker_survives_a_cancellation_that_hits_it_after_its_task(following: str) -> None:
    """A task that cancels its asyncio task and returns: no await of the task is left to hit."""
    last = Gate() if following == "full queue" else same

    async def release() -> None:
        await settle()
        if isinstance(last, Gate):
            last.open()

    async def told(*_: Any) -> None:
        await asyncio.sleep(0)

    async def never(_: Any) -> bool:
        await asyncio.sleep(0)
        return False

    fields: dict[str, Any] = {}
    if following == "callback":
        fields["on_success"] = told
    if following == "skip_if":
        fields["skip_if"] = never
    stages = [Stage("First", 1, [cancel_and_return], **fields)]
    stages.append(Stage("Last", 1, [last], queue_capacity=1))
    pipeline = Pipeline(stages, status_tracker=StatusTracker())

    async def main() -> None:
        opening = asyncio.create_task(release())
        await pipeline.run(range(8))
        await opening
        assert len(await pipeline.run(range(3))) == 3

    virtually(main())
    stats = pipeline.get_stats()
    assert (stats.items_fed, stats.items_in_flight) == (11, 0)
    assert stats.items_processed >= 10
    assert pipeline.get_worker_names()["First"] == ["First-W0"]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_that_waits_for_work_survives_its_tasks_cancellation(workers: int) -> None:
    """A task that cancels its asyncio task and returns, when nothing more is there to do."""
    pipeline = Pipeline([Stage("First", workers, [cancel_and_return])])

    async def main() -> None:
        await pipeline.start()
        for _ in range(3):
            await pipeline.feed(range(4))
            await settle()
            assert pipeline.get_worker_names() == {"First": [f"First-W{n}" for n in range(workers)]}
        await pipeline.join()
        assert len(pipeline.results) == 12
        await pipeline.shutdown()

    virtually(main())


@pytest.mark.parametrize("buffer_size", [None, 0, 2])
def test_a_stream_gives_every_item_once_whatever_its_end(buffer_size: int | None) -> None:
    """Those that were dropped have no result."""

    async def work(value: int) -> Any:
        await asyncio.sleep(value % 3)
        return DROP if value % 5 == 4 else at_three(SystemExit)(value % 10)

    async def main() -> list[tuple[int, bool]]:
        stage = Stage("Only", 3, [work], task_attempts=1)
        pipeline = Pipeline([stage], status_tracker=StatusTracker())
        stream = pipeline.stream(range(40), buffer_size=buffer_size)
        found = [(result.sequence_id, result.is_success) async for result in stream]
        assert_one_outcome_each(pipeline, 40)
        return found

    found = virtually(main())
    assert sorted(found) == [(n, n % 10 != 3) for n in range(40) if n % 5 != 4]


def test_items_of_equal_ids_have_an_outcome_each() -> None:
    pipeline = Pipeline([Stage("Only", 3, [Flaky(1)], task_wait_seconds=1)])
    items = [{"id": "same", "value": value} for value in range(20)]
    results = virtually(pipeline.run([*items, {"id": [], "value": 0}], include_failures=True))
    assert [result.value for result in results[:20]] == list(range(20))
    assert [type(result.error) for result in results] == [type(None)] * 20 + [ValueError]
    assert pipeline.get_stats().items_in_flight == 0


def test_the_counts_add_up_at_every_moment() -> None:
    """After each round of the loop, with items that end in every way that there is."""
    counted = {"fed": 0, "failed": 0, "dropped": 0, "asked to revoke": 0}

    def source() -> Any:
        for number in range(120):
            counted["fed"] += 1
            yield number

    async def work(value: int) -> Any:
        await asyncio.sleep(value % 4 * 0.1)
        if value % 10 == 7:
            counted["dropped"] += 1
            return DROP
        if value % 10 == 8:
            raise asyncio.CancelledError
        if value % 10 == 9:
            raise ValueError(value)
        return value

    def failed(*_: Any) -> None:
        counted["failed"] += 1

    first = Stage(
        "First", 4, [Flaky(1), work], task_wait_seconds=0.35, on_failure=failed, queue_capacity=3
    )
    last = Stage("Last", 2, [work, same], skip_if=lambda value: value % 10 == 1, queue_capacity=1)
    pipeline = Pipeline([first, last])

    def check() -> None:
        stats = pipeline.get_stats()
        assert stats.items_fed == counted["fed"]
        assert stats.items_failed == counted["failed"]
        assert stats.items_dropped == counted["dropped"]
        assert stats.items_processed == len(pipeline.results)
        asked = counted["asked to revoke"]
        assert asked - 1 <= stats.items_cancelled <= asked
        ended = counted["failed"] + counted["dropped"] + len(pipeline.results)
        assert stats.items_in_flight == counted["fed"] - ended - stats.items_cancelled >= 0

    async def main() -> None:
        watched().watch = check
        run = asyncio.create_task(pipeline.run(source()))
        await settle()
        for item in (0, 3, 12, 34, 66):
            counted["asked to revoke"] += 1
            while not pipeline.revoke(item):
                await asyncio.sleep(0.05)
            await settle()
            assert pipeline.get_stats().items_cancelled == counted["asked to revoke"]
        await run

    virtually(main())
    stats = pipeline.get_stats()
    assert (stats.items_fed, stats.items_in_flight, stats.items_cancelled) == (120, 0, 5)
    assert min(counted.values()) > 0
