"""Promise 6: stopping is prompt, complete and clean.

Cancelling `run` stops within a moment: running tasks are cancelled and awaited, their items are
reported as cancelled, no worker stays behind. `shutdown(timeout=5.0)` takes nothing new, lets
running tasks finish until the timeout, then cancels and awaits them; they and what was queued are
in `pipeline.unprocessed`, with one WARNING.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
from typing import Any

import pytest
from evidence import assert_one_outcome_each, now, same, virtually

from antflow import Pipeline, PipelineError, Stage, StatusTracker, rate_limit
from antflow.testing import Flaky, Gate, settle


def discarded(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The levels of the log's entries that hold the promised word."""
    return [record.levelname for record in caplog.records if "discarded" in record.getMessage()]


async def cancel(run: asyncio.Task[Any]) -> None:
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run


def held_pipeline(gate: Any, **fields: Any) -> Pipeline:
    stages = [Stage("First", 1, [same]), Stage("Held", 2, [gate], **fields)]
    return Pipeline([*stages, Stage("Last", 1, [same])], status_tracker=StatusTracker())


# -- cancelling run ------------------------------------------------------------------------------


def test_cancelling_run_cancels_running_tasks_and_awaits_them() -> None:
    told: list[str] = []

    async def careful(value: int) -> int:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            told.append("cancelled")
            await asyncio.sleep(0.5)
            told.append("cleaned up")
            raise
        return value

    async def main() -> None:
        pipeline = held_pipeline(careful)
        run = asyncio.create_task(pipeline.run(range(2)))
        await settle()
        await cancel(run)
        assert told == ["cancelled"] * 2 + ["cleaned up"] * 2
        assert_one_outcome_each(pipeline, 2)
        assert now() == 0.5

    virtually(main())


@pytest.mark.parametrize("items", [2, 10, 500])
def test_cancelling_run_reports_every_item_as_cancelled(items: int) -> None:
    """Those in tasks, those that are queued, and the one that waits to be fed."""

    async def main() -> None:
        pipeline = held_pipeline(Gate(), queue_capacity=2)
        run = asyncio.create_task(pipeline.run(range(items)))
        await settle()
        await cancel(run)
        assert now() == 0
        stats = pipeline.get_stats()
        assert stats.items_cancelled == stats.items_fed == min(items, stats.items_fed)
        assert_one_outcome_each(pipeline, stats.items_fed)
        assert pipeline.tracker is not None
        assert pipeline.tracker.get_stats()["cancelled"] == stats.items_fed
        in_tasks = [pipeline.tracker.get_history(item)[-1] for item in (0, 1)]
        assert {event.worker for event in in_tasks} == {"Held-W0", "Held-W1"}

    virtually(main())


def test_cancelling_run_leaves_no_worker_behind() -> None:
    async def main() -> None:
        before = asyncio.all_tasks()
        pipeline = held_pipeline(Gate())
        run = asyncio.create_task(pipeline.run(range(50)))
        await settle()
        assert len(asyncio.all_tasks() - before) >= 5
        await cancel(run)
        assert asyncio.all_tasks() == before
        states = pipeline.get_worker_states().values()
        assert {(state.status, state.current_item_id) for state in states} == {("idle", None)}

    virtually(main())


async def wait_for_rate(value: int) -> int:
    async with rate_limit():
        return value


WAITS: dict[str, Stage] = {
    "retry": Stage("Held", 1, [Flaky(99)], task_wait_seconds=1000, queue_capacity=1),
    "rate": Stage("Held", 2, [same], rate="1/h"),
    "call_rate": Stage("Held", 2, [wait_for_rate], call_rate=1, call_rate_period=1000),
    "task limit": Stage("Held", 3, [Gate()], task_concurrency_limits={"Gate": 1}),
    "timeout": Stage("Held", 2, [Gate()], timeout=1000),
    "pull": Stage("Held", 2, [Gate()], pull=True),
}


@pytest.mark.parametrize("wait", WAITS)
def test_cancelling_run_ends_every_kind_of_wait(wait: str) -> None:
    async def main() -> None:
        stages = [Stage("First", 1, [same]), WAITS[wait], Stage("Last", 1, [same])]
        pipeline = Pipeline(stages, status_tracker=StatusTracker())
        before = asyncio.all_tasks()
        run = asyncio.create_task(pipeline.run(range(30)))
        await settle()
        await cancel(run)
        assert now() == 0
        assert asyncio.all_tasks() == before
        assert_one_outcome_each(pipeline, pipeline.get_stats().items_fed)

    virtually(main())


async def test_cancelling_run_does_not_wait_for_a_thread() -> None:
    """A thread cannot be cancelled; it goes on, and its result is thrown away."""
    begun, end, ended = threading.Event(), threading.Event(), threading.Event()

    def hold(value: int) -> int:
        begun.set()
        end.wait(60)
        ended.set()
        return value

    pipeline = held_pipeline(hold)
    run = asyncio.create_task(pipeline.run(range(5)))
    try:
        assert await asyncio.to_thread(begun.wait, 60)
        await cancel(run)
        assert not ended.is_set()
        assert_one_outcome_each(pipeline, 5)
        assert pipeline.get_stats().items_processed == 0
    finally:
        end.set()
    assert await asyncio.to_thread(ended.wait, 60)


def test_a_task_that_swallows_its_cancellation_does_not_hold_the_stop_up_for_ever() -> None:
    async def stubborn(value: int) -> int:
        while not released:
            try:
                await asyncio.sleep(10_000)
            except asyncio.CancelledError:
                continue
        return value

    released: list[bool] = []

    async def main() -> None:
        pipeline = held_pipeline(stubborn)
        run = asyncio.create_task(pipeline.run(range(2)))
        await settle()
        await cancel(run)
        assert now() < 60
        assert_one_outcome_each(pipeline, 2)
        assert pipeline.get_stats().items_cancelled == 2
        released.append(True)
        await asyncio.sleep(20_000)
        assert_one_outcome_each(pipeline, 2)

    virtually(main())


def test_leaving_a_stream_early_stops_in_the_same_way() -> None:
    async def main() -> None:
        before = asyncio.all_tasks()
        pipeline = Pipeline([Stage("First", 2, [same])], status_tracker=StatusTracker())
        stream = pipeline.stream(iter(range(10**9)))
        async for _ in stream:
            break
        await stream.aclose()  # type: ignore[attr-defined]
        assert asyncio.all_tasks() == before
        assert_one_outcome_each(pipeline, pipeline.get_stats().items_fed)

    virtually(main())


# -- shutdown ------------------------------------------------------------------------------------


def test_the_default_timeout_is_five_seconds() -> None:
    assert inspect.signature(Pipeline.shutdown).parameters["timeout"].default == 5.0


async def busy(pipeline: Pipeline, items: int) -> None:
    """Start, feed, and let the workers take what they can."""
    await pipeline.start()
    await pipeline.feed(range(items))
    await settle()


def slow(seconds: float) -> Any:
    async def task(value: int) -> int:
        await asyncio.sleep(seconds)
        return value

    return task


@pytest.mark.parametrize("stop", [{}, {"timeout": 5}, {"timeout": 100}])
def test_shutdown_lets_running_tasks_finish_and_takes_nothing_new(stop: dict[str, float]) -> None:
    async def main() -> None:
        pipeline = Pipeline([Stage("Slow", 2, [slow(3)])], status_tracker=StatusTracker())
        await busy(pipeline, 6)
        await pipeline.shutdown(**stop)
        assert now() == 3
        assert [result.value for result in pipeline.results] == [0, 1]
        assert [item.value for item in pipeline.unprocessed] == [2, 3, 4, 5]
        assert_one_outcome_each(pipeline, 6)

    virtually(main())


def test_a_task_that_ends_in_a_shutdown_leaves_its_item_for_the_next_stage() -> None:
    async def main() -> None:
        stages = [Stage("Slow", 2, [slow(3)]), Stage("Last", 1, [same])]
        pipeline = Pipeline(stages, status_tracker=StatusTracker())
        await busy(pipeline, 3)
        await pipeline.shutdown()
        found = [(item.value, item.stage) for item in pipeline.unprocessed]
        assert found == [(0, "Last"), (1, "Last"), (2, "Slow")]
        assert_one_outcome_each(pipeline, 3)

    virtually(main())


@pytest.mark.parametrize(("stop", "seconds"), [({}, 5), ({"timeout": 2}, 2), ({"timeout": 0}, 0)])
def test_after_the_timeout_running_tasks_are_cancelled_and_awaited(
    stop: dict[str, float], seconds: float
) -> None:
    ended: list[float] = []

    async def long(value: int) -> int:
        try:
            await asyncio.sleep(1000)
        finally:
            await asyncio.sleep(0.25)
            ended.append(now())
        return value

    async def main() -> None:
        pipeline = Pipeline([Stage("Long", 2, [long])], status_tracker=StatusTracker())
        before = asyncio.all_tasks()
        await busy(pipeline, 6)
        await pipeline.shutdown(**stop)
        assert ended == [seconds + 0.25] * 2
        assert now() == seconds + 0.25
        assert asyncio.all_tasks() == before
        assert [item.value for item in pipeline.unprocessed] == [0, 1, 2, 3, 4, 5]
        assert_one_outcome_each(pipeline, 6)
        assert pipeline.get_stats().items_cancelled == 6

    virtually(main())


def test_a_shutdown_that_left_items_warns_once(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        pipeline = held_pipeline(Gate())
        await busy(pipeline, 6)
        await pipeline.shutdown()
        await pipeline.shutdown()

    virtually(main())
    assert discarded(caplog) == ["WARNING"]
    assert [record.name for record in caplog.records] == ["antflow"]
    assert "6" in caplog.records[0].getMessage()


def test_a_shutdown_that_left_nothing_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        pipeline = Pipeline([Stage("Slow", 2, [slow(3)])])
        await busy(pipeline, 2)
        await pipeline.shutdown()
        assert len(pipeline.results) == 2
        assert pipeline.unprocessed == []

    virtually(main())
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_items_between_two_attempts_are_unprocessed_too() -> None:
    async def main() -> None:
        stage = Stage("Held", 1, [Flaky(9)], task_wait_seconds=1000)
        pipeline = Pipeline([stage], status_tracker=StatusTracker())
        await busy(pipeline, 4)
        await pipeline.shutdown()
        assert now() == 0
        assert [item.value for item in pipeline.unprocessed] == [0, 1, 2, 3]
        assert_one_outcome_each(pipeline, 4)

    virtually(main())


def test_feed_raises_where_the_shutdown_comes_while_it_waits_for_room() -> None:
    async def main() -> None:
        pipeline = held_pipeline(Gate(), queue_capacity=1)
        await pipeline.start()
        feeding = asyncio.create_task(pipeline.feed(range(1000)))
        await settle()
        assert not feeding.done()
        stopping = asyncio.create_task(pipeline.shutdown())
        with pytest.raises(PipelineError):
            await feeding
        with pytest.raises(PipelineError):
            await pipeline.feed([1])
        await stopping
        fed = pipeline.get_stats().items_fed
        assert len(pipeline.unprocessed) == fed < 100
        assert_one_outcome_each(pipeline, fed)

    virtually(main())
