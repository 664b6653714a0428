"""`start`, `shutdown`, `async with`: the beginning and the end of feeding step by step."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from antflow import Item, Pipeline, PipelineError, Stage
from antflow.testing import Gate, settle


async def double(value: int) -> int:
    return 2 * value


async def text(value: Any) -> str:
    return f"<{value}>"


def pipeline_of(*tasks: Any, **fields: Any) -> Pipeline:
    """One stage for each task: `A`, `B`, …"""
    stages = [
        Stage(name, tasks=[task], **{"workers": 1, "task_attempts": 1, **fields})
        for name, task in zip("ABCDE", tasks or [double], strict=False)
    ]
    return Pipeline(stages)


def values(pipeline: Pipeline) -> list[Any]:
    return [result.value for result in pipeline.results]


# -- starting and ending -----------------------------------------------------------------------


async def test_starting_twice_is_refused() -> None:
    pipeline = pipeline_of()
    await pipeline.start()
    with pytest.raises(PipelineError, match="already running"):
        await pipeline.start()
    await pipeline.feed([1])
    await pipeline.join()
    await pipeline.shutdown()
    assert values(pipeline) == [2]


async def test_a_pipeline_starts_again_after_its_shutdown() -> None:
    pipeline = pipeline_of()
    for value in (1, 2):
        await pipeline.start()
        await pipeline.feed([value])
        await pipeline.join()
        await pipeline.shutdown()
    assert values(pipeline) == [4]
    assert pipeline.get_stats().items_processed == 2


async def test_shutdown_leaves_no_worker_behind() -> None:
    before = asyncio.all_tasks()
    pipeline = pipeline_of(double, text, workers=5)
    await pipeline.start()
    await pipeline.feed(range(10))
    await pipeline.shutdown()
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("verb", ["join", "shutdown"])
async def test_on_a_pipeline_that_was_never_started_it_returns_at_once(verb: str) -> None:
    pipeline = pipeline_of()
    async with asyncio.timeout(5):
        await getattr(pipeline, verb)()
        await getattr(pipeline, verb)()
    assert pipeline.results == []


async def test_shutdown_keeps_what_was_left_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    pipeline = pipeline_of()
    pipeline.pause()
    await pipeline.start()
    await pipeline.feed([1, {"id": "x", "value": 2, "user": "me"}])
    await pipeline.shutdown()
    assert [item.value for item in pipeline.unprocessed] == [1, 2]
    assert pipeline.unprocessed[1] == Item("x", 2, {"user": "me"}, 100, "A")
    (text_logged,) = [r.getMessage() for r in caplog.records if "discarded" in r.getMessage()]
    assert "2 items" in text_logged


async def test_what_was_left_can_be_fed_again() -> None:
    pipeline = pipeline_of(double, text)
    pipeline.pause("B")
    await pipeline.start()
    await pipeline.feed([1, 2])
    await settle()
    await pipeline.shutdown()
    pipeline.resume()
    results = await pipeline.run(pipeline.unprocessed)
    assert [(result.id, result.value) for result in results] == [(0, "<2>"), (1, "<4>")]


async def test_a_run_after_start_and_join_takes_over() -> None:
    pipeline = pipeline_of()
    await pipeline.start()
    await pipeline.feed([1])
    await pipeline.join()
    assert [result.value for result in await pipeline.run([2])] == [4]


async def test_a_run_while_fed_items_are_on_their_way_is_refused() -> None:
    gate = Gate()
    pipeline = pipeline_of(gate)
    await pipeline.start()
    await pipeline.feed([1])
    with pytest.raises(PipelineError, match="already running"):
        await pipeline.run([2])
    gate.open()
    await pipeline.join()
    await pipeline.shutdown()
    assert values(pipeline) == [1]


# -- async with --------------------------------------------------------------------------------


async def test_async_with_gives_the_pipeline_and_does_not_start_it() -> None:
    pipeline = pipeline_of()
    async with pipeline as entered:
        assert entered is pipeline
        with pytest.raises(PipelineError, match="not started"):
            await pipeline.feed([1])
        await pipeline.start()


async def test_async_with_joins_and_shuts_down_at_its_end() -> None:
    before = asyncio.all_tasks()
    pipeline = pipeline_of()
    async with pipeline:
        await pipeline.start()
        await pipeline.feed(range(5))
    assert values(pipeline) == [0, 2, 4, 6, 8]
    assert asyncio.all_tasks() == before


async def test_a_run_inside_async_with() -> None:
    async with pipeline_of() as pipeline:
        assert [result.value for result in await pipeline.run([1])] == [2]
        assert [result.value for result in await pipeline.run([2])] == [4]


async def test_an_error_inside_async_with_passes_and_cancels_what_runs() -> None:
    before = asyncio.all_tasks()
    pipeline = pipeline_of(Gate())
    with pytest.raises(KeyError, match="mine"):
        async with pipeline:
            await pipeline.start()
            await pipeline.feed([1, 2])
            await settle()
            raise KeyError("mine")
    stats = pipeline.get_stats()
    assert (stats.items_cancelled, stats.items_in_flight) == (2, 0)
    assert asyncio.all_tasks() == before
