"""Promise 5: `run` may be called again, also in another event loop, and returns its own results.

A second run while one is going raises PipelineError and leaves the first alone.
`include_failures=True` returns failures in their place.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from evidence import assert_one_outcome_each, same, virtually

from antflow import (
    Pipeline,
    PipelineError,
    PipelineResult,
    Stage,
    StatusTracker,
    concurrency_limit,
    rate_limit,
)
from antflow.testing import Flaky, Gate, Recording, settle


async def double(value: int) -> int:
    return 2 * value


def values(results: list[PipelineResult]) -> list[Any]:
    return [result.value for result in results]


def test_run_may_be_called_again_and_returns_that_runs_results_only() -> None:
    pipeline = Pipeline([Stage("Double", 2, [double]), Stage("Last", 1, [same])])

    async def main() -> None:
        for start in (0, 10, 20):
            results = await pipeline.run(range(start, start + 5))
            assert values(results) == [2 * value for value in range(start, start + 5)]
            assert [result.id for result in results] == [0, 1, 2, 3, 4]
            assert pipeline.results == results

    virtually(main())
    assert pipeline.get_stats().items_processed == 15


def test_an_empty_run_returns_nothing_of_the_run_before() -> None:
    async def main() -> None:
        pipeline = Pipeline([Stage("Double", 2, [double])])
        assert values(await pipeline.run([1, 2])) == [2, 4]
        assert await pipeline.run([]) == []
        assert pipeline.results == []

    virtually(main())


def everything_that_knows_its_loop(tracker: StatusTracker) -> Pipeline:
    """Locks, rates, queues, timers, threads and subscribers all belong to one event loop."""

    async def limited(value: int) -> int:
        async with rate_limit(), concurrency_limit():
            await asyncio.sleep(0)
        return value

    def plain(value: int) -> int:
        return value

    return Pipeline(
        [
            Stage("Limited", 3, [limited], call_rate=1000, call_concurrency=2, call_rate_period=1),
            Stage("Paced", 3, [Flaky(1), same], rate="1000/s", task_wait_seconds=0.001),
            Stage("Gated", 3, [same], task_concurrency_limits={"same": 1}, pull=True),
            Stage("Plain", 2, [plain, same], executor="thread", timeout=60, queue_capacity=1),
        ],
        status_tracker=tracker,
    )


def test_run_may_be_called_again_in_another_event_loop() -> None:
    recording = Recording()
    tracker = StatusTracker(on_status_change=recording)
    pipeline = everything_that_knows_its_loop(tracker)
    for number in range(3):
        first = 10 * number
        results = asyncio.run(pipeline.run(range(first, first + 10)))
        assert values(results) == list(range(first, first + 10))
        assert_one_outcome_each_in_newest_run(tracker, 10)
        assert len([e for e in recording.events if e.status == "queued"]) == 40 * (number + 1)
    assert pipeline.get_stats().items_processed == 30


def assert_one_outcome_each_in_newest_run(tracker: StatusTracker, items: int) -> None:
    for item in range(items):
        events = tracker.get_history(item)
        assert [event.stage for event in events if event.status == "completed"] == [
            "Limited", "Paced", "Gated", "Plain",
        ]  # fmt: skip


def test_run_may_be_called_again_in_the_loop_of_another_thread() -> None:
    pipeline = everything_that_knows_its_loop(StatusTracker())
    found: list[list[Any]] = [values(asyncio.run(pipeline.run(range(4))))]
    thread = threading.Thread(
        target=lambda: found.append(values(asyncio.run(pipeline.run(range(4)))))
    )
    thread.start()
    thread.join(30)
    assert found == [[0, 1, 2, 3]] * 2


def test_a_pipeline_fed_by_hand_may_be_started_again_in_another_event_loop() -> None:
    pipeline = everything_that_knows_its_loop(StatusTracker())

    async def by_hand() -> list[Any]:
        await pipeline.start()
        await pipeline.feed(range(5))
        await pipeline.join()
        await pipeline.shutdown()
        return values(pipeline.results)

    assert asyncio.run(by_hand()) == list(range(5))
    assert asyncio.run(by_hand()) == list(range(5))
    assert values(asyncio.run(pipeline.run(range(3)))) == [0, 1, 2]


def test_a_loop_that_was_closed_in_the_middle_of_a_run_does_not_spoil_the_next() -> None:
    gate_of_this_run: list[Gate] = []

    async def held(value: int) -> int:
        return int(await gate_of_this_run[-1](value))

    tracker = StatusTracker()
    pipeline = Pipeline([Stage("Held", 2, [held]), Stage("Last", 1, [same])], True, tracker)

    async def left_behind() -> None:
        gate_of_this_run.append(Gate())
        await pipeline.start()
        await pipeline.feed(range(10))
        await settle()

    async def finished() -> list[PipelineResult]:
        gate_of_this_run.append(Gate())
        gate_of_this_run[-1].open()
        return await pipeline.run([{"id": f"new {n}", "value": n} for n in range(5)])

    asyncio.run(left_behind())
    stats = pipeline.get_stats()
    assert (stats.items_fed, stats.items_cancelled, stats.items_in_flight) == (10, 10, 0)
    assert values(asyncio.run(finished())) == [0, 1, 2, 3, 4]
    assert_one_outcome_each(pipeline, 15)


async def failing_run(pipeline: Pipeline) -> None:
    def source() -> Any:
        yield 1
        raise LookupError("broken source")

    with pytest.raises(LookupError):
        await pipeline.run(source())


async def cancelled_run(pipeline: Pipeline) -> None:
    run = asyncio.create_task(pipeline.run(range(1000)))
    await asyncio.sleep(0)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run


async def left_stream(pipeline: Pipeline) -> None:
    stream = pipeline.stream(range(1000))
    await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]


@pytest.mark.parametrize("before", [failing_run, cancelled_run, left_stream])
def test_a_run_that_ended_badly_does_not_spoil_the_next(
    before: Callable[[Pipeline], Coroutine[Any, Any, None]],
) -> None:
    async def main() -> None:
        pipeline = Pipeline([Stage("Double", 2, [double]), Stage("Last", 1, [same])])
        await before(pipeline)
        assert values(await pipeline.run(range(5))) == [0, 2, 4, 6, 8]

    virtually(main())


async def start_it(pipeline: Pipeline) -> None:
    await pipeline.start()


async def run_it(pipeline: Pipeline) -> None:
    await pipeline.run([1])


async def stream_it(pipeline: Pipeline) -> None:
    async for _ in pipeline.stream([1]):
        pass


@pytest.mark.parametrize("second", [run_it, stream_it, start_it])
@pytest.mark.parametrize("first", ["run", "stream", "start"])
def test_a_second_run_while_one_is_going_raises_and_leaves_the_first_alone(
    first: str, second: Callable[[Pipeline], Coroutine[Any, Any, None]]
) -> None:
    async def main() -> None:
        gate = Gate()
        pipeline = Pipeline([Stage("Held", 2, [gate, double])], status_tracker=StatusTracker())

        async def go() -> list[Any]:
            if first == "run":
                return values(await pipeline.run(range(5)))
            if first == "stream":
                return sorted([result.value async for result in pipeline.stream(range(5))])
            await pipeline.start()
            await pipeline.feed(range(5))
            await pipeline.join()
            await pipeline.shutdown()
            return values(pipeline.results)

        going = asyncio.create_task(go())
        await settle()
        assert gate.held == [0, 1]
        with pytest.raises(PipelineError, match="already running"):
            await second(pipeline)
        assert gate.held == [0, 1]
        gate.open()
        assert await going == [0, 2, 4, 6, 8]
        assert_one_outcome_each(pipeline, 5)

    virtually(main())


def test_a_second_run_from_another_loop_raises_too() -> None:
    async def main() -> None:
        gate = Gate()
        pipeline = Pipeline([Stage("Held", 2, [gate])])
        going = asyncio.create_task(pipeline.run(range(5)))
        await settle()
        with pytest.raises(PipelineError, match="already running"):
            await asyncio.to_thread(asyncio.run, pipeline.run([1]))
        gate.open()
        assert values(await going) == [0, 1, 2, 3, 4]

    asyncio.run(main())


@pytest.mark.parametrize("workers", [1, 4])
def test_include_failures_returns_failures_in_their_place(workers: int) -> None:
    async def odd_ones_fail(value: int) -> int:
        await asyncio.sleep(10 - value)  # the later ones end first
        if value % 2:
            raise ValueError(value)
        return value

    pipeline = Pipeline([Stage("Check", workers, [odd_ones_fail], task_attempts=1)])
    results = virtually(pipeline.run(range(8), include_failures=True))
    assert [result.sequence_id for result in results] == list(range(8))
    assert [str(result.error) for result in results[1::2]] == ["1", "3", "5", "7"]
    assert [result.value for result in results[1::2]] == [1, 3, 5, 7]
    assert all(result.is_success for result in results[::2])


def test_without_include_failures_the_successes_are_in_input_order() -> None:
    async def later_ones_first(value: int) -> int:
        await asyncio.sleep(10 - value)
        if value == 4:
            raise ValueError(value)
        return value

    pipeline = Pipeline([Stage("Check", 8, [later_ones_first], task_attempts=1)])
    assert values(virtually(pipeline.run(range(8)))) == [0, 1, 2, 3, 5, 6, 7]
