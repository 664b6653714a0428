"""`feed`: items for a pipeline that was started."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from antflow import Pipeline, PipelineError, Stage
from antflow.testing import Gate, settle


async def double(value: int) -> int:
    return 2 * value


def pipeline_of(*tasks: Any, **fields: Any) -> Pipeline:
    """One stage for each task: `A`, `B`, …"""
    stages = [
        Stage(name, tasks=[task], **{"workers": 1, "task_attempts": 1, **fields})
        for name, task in zip("ABCDE", tasks or [double], strict=False)
    ]
    return Pipeline(stages)


def values(pipeline: Pipeline) -> list[Any]:
    return [result.value for result in pipeline.results]


async def numbers(*items: Any) -> AsyncIterator[Any]:
    for item in items:
        await asyncio.sleep(0)
        yield item


# -- the usual course --------------------------------------------------------------------------


async def test_start_feed_join_shutdown() -> None:
    pipeline = pipeline_of()
    await pipeline.start()
    await pipeline.feed([1, 2])
    await pipeline.feed([3])
    await pipeline.join()
    await pipeline.shutdown()
    assert values(pipeline) == [2, 4, 6]


async def test_ids_count_on_over_several_feeds() -> None:
    pipeline = pipeline_of()
    await pipeline.start()
    await pipeline.feed("ab")
    await pipeline.feed("c")
    await pipeline.join()
    await pipeline.shutdown()
    assert [result.id for result in pipeline.results] == [0, 1, 2]


async def test_feeding_goes_on_after_join() -> None:
    pipeline = pipeline_of()
    await pipeline.start()
    await pipeline.feed([1])
    await pipeline.join()
    before = values(pipeline)
    await pipeline.feed([2])
    await pipeline.join()
    await pipeline.shutdown()
    assert (before, values(pipeline)) == ([2], [2, 4])


async def test_results_can_be_had_while_it_runs_in_input_order() -> None:
    gate = Gate()

    async def hold_first(value: int) -> int:
        return await gate(value) if value == 1 else value

    pipeline = pipeline_of(hold_first, workers=2)
    await pipeline.start()
    await pipeline.feed([1, 2, 3])
    await settle()
    before = values(pipeline)
    gate.open()
    await pipeline.join()
    assert (before, values(pipeline)) == ([2, 3], [1, 2, 3])
    await pipeline.shutdown()


async def test_feeding_while_it_works_fills_no_more_than_the_queue() -> None:
    gate = Gate()
    pipeline = pipeline_of(gate, queue_capacity=2)
    await pipeline.start()
    feeder = asyncio.create_task(pipeline.feed(range(10)))
    await settle()
    stats = pipeline.get_stats()
    fed_before = (stats.items_fed, stats.queue_sizes["A"], feeder.done())
    gate.open()
    await feeder
    await pipeline.join()
    await pipeline.shutdown()
    assert fed_before == (4, 2, False)
    assert values(pipeline) == list(range(10))


async def test_several_feeders_at_once() -> None:
    pipeline = pipeline_of(workers=3)
    await pipeline.start()
    await asyncio.gather(*(pipeline.feed(range(50)) for _ in range(4)))
    await pipeline.join()
    await pipeline.shutdown()
    assert sorted(values(pipeline)) == sorted([2 * n for n in range(50)] * 4)


async def test_join_waits_for_feeders_that_are_still_producing() -> None:
    more = asyncio.Event()

    async def source() -> AsyncIterator[int]:
        yield 1
        await more.wait()
        yield 2

    pipeline = pipeline_of()
    await pipeline.start()
    feeder = asyncio.create_task(pipeline.feed(source()))
    joined = asyncio.create_task(pipeline.join())
    await settle()
    assert not joined.done()
    more.set()
    await joined
    assert values(pipeline) == [2, 4]
    await feeder
    await pipeline.shutdown()


async def test_feed_async_takes_an_async_iterable() -> None:
    pipeline = pipeline_of()
    await pipeline.start()
    await pipeline.feed_async(numbers(1, 2))
    await pipeline.feed_async(numbers(3), priority=5)
    await pipeline.join()
    await pipeline.shutdown()
    assert values(pipeline) == [2, 4, 6]


# -- feeding from where it works ---------------------------------------------------------------


async def test_a_task_may_feed_its_own_pipeline() -> None:
    """A crawler: every page feeds the pages it links to; the run ends when none is left."""
    pipeline: Pipeline

    async def crawl(depth: int) -> int:
        if depth < 5:
            await pipeline.feed([depth + 1, depth + 1])
        return depth

    pipeline = pipeline_of(crawl, workers=3, queue_capacity=0)
    results = await pipeline.run([0])
    assert sorted(result.value for result in results) == sorted(
        depth for depth in range(6) for _ in range(2**depth)
    )


async def test_somebody_else_may_feed_a_run() -> None:
    gate = Gate()
    pipeline = pipeline_of(gate)
    run = asyncio.create_task(pipeline.run([1]))
    await settle()
    await pipeline.feed([2])
    gate.open()
    assert [(result.id, result.value) for result in await run] == [(0, 1), (1, 2)]


async def test_a_task_may_shut_its_own_pipeline_down() -> None:
    pipeline: Pipeline

    async def stop(value: int) -> int:
        await pipeline.shutdown(timeout=0)
        return value

    pipeline = pipeline_of(stop, workers=2)
    async with asyncio.timeout(30):
        await pipeline.run(range(5))
    stats = pipeline.get_stats()
    assert stats.items_in_flight == 0
    assert stats.items_processed + stats.items_cancelled == stats.items_fed


# -- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize("feed", ["feed", "feed_async"])
async def test_feeding_before_the_start_is_refused_with_the_call_to_make(feed: str) -> None:
    with pytest.raises(PipelineError, match=r"not started; call start\(\)"):
        await getattr(pipeline_of(), feed)(numbers(1))


async def test_feeding_after_the_shutdown_is_refused() -> None:
    pipeline = pipeline_of()
    await pipeline.start()
    await pipeline.shutdown()
    with pytest.raises(PipelineError, match="not started"):
        await pipeline.feed([1])


@pytest.mark.parametrize("started", [False, True])
async def test_an_unknown_stage_is_a_value_error_first(started: bool) -> None:
    pipeline = pipeline_of()
    if started:
        await pipeline.start()
    for feed in (pipeline.feed([1], target_stage="Z"), pipeline.feed_async(numbers(1), "Z")):
        with pytest.raises(ValueError, match="Stage 'Z' not found"):
            await feed
    assert pipeline.get_stats().items_fed == 0
    await pipeline.shutdown()


async def test_a_feeder_learns_of_a_shutdown() -> None:
    gate = Gate()
    pipeline = pipeline_of(gate, queue_capacity=1)
    await pipeline.start()
    feeder = asyncio.create_task(pipeline.feed(range(10)))
    await settle()
    await pipeline.shutdown(timeout=0)
    with pytest.raises(PipelineError, match="shut down"):
        await feeder
