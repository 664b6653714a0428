"""Promise 6: stopping is prompt, complete and clean. Here: `shutdown(timeout=5.0)`.

It takes nothing new, lets running tasks finish until the timeout, then cancels and awaits them;
they and what was queued are in `pipeline.unprocessed`, with one WARNING.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from typing import Any

import pytest
from evidence import assert_one_outcome_each, held_pipeline, now, same, virtually

from antflow import Pipeline, PipelineError, Stage, StatusTracker
from antflow.testing import Flaky, Gate, settle


def discarded(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The levels of the log's entries that hold the promised word."""
    return [record.levelname for record in caplog.records if "discarded" in record.getMessage()]


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
