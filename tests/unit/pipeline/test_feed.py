"""Step by step: start, feed, join, shutdown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
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
        return await gate(value) if value == 1 else value  # type: ignore[no-any-return]

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


# -- where to, and in what order ---------------------------------------------------------------


async def test_target_stage_is_where_the_items_enter() -> None:
    pipeline = pipeline_of(double, text)
    await pipeline.start()
    await pipeline.feed([1], target_stage="B")
    await pipeline.feed([2], target_stage="A")
    await pipeline.join()
    await pipeline.shutdown()
    assert values(pipeline) == ["<1>", "<4>"]


async def _order(*feeds: tuple[str, int | None]) -> str:
    """The order in which a single worker takes what was fed while it was paused."""
    seen: list[str] = []

    async def note(value: str) -> None:
        seen.append(value)

    pipeline = pipeline_of(note, queue_capacity=0)
    pipeline.pause()
    await pipeline.start()
    for items, priority in feeds:
        await (pipeline.feed(items) if priority is None else pipeline.feed(items, priority=priority))
    pipeline.resume()
    await pipeline.join()
    await pipeline.shutdown()
    return "".join(seen)


async def test_first_in_first_out_without_priorities() -> None:
    assert await _order(("abc", None), ("de", None)) == "abcde"


async def test_the_lower_number_goes_first() -> None:
    assert await _order(("ab", 200), ("cd", 5), ("ef", None)) == "cdefab"


async def test_first_in_first_out_within_one_priority() -> None:
    assert await _order(("ab", 5), ("x", 100), ("cd", 5), ("y", None)) == "abcdxy"


async def test_a_priority_may_be_negative() -> None:
    assert await _order(("a", 0), ("b", -1)) == "ba"


async def test_an_item_brings_its_own_priority() -> None:
    items = ["a", Item(value="b", priority=1), Item(value="c")]
    assert await _order((items, None)) == "bac"  # type: ignore[arg-type]


async def test_priorities_count_in_every_queue_on_the_way() -> None:
    seen: list[str] = []

    async def note(value: str) -> None:
        seen.append(value)

    pipeline = pipeline_of(unchanged, note, queue_capacity=0)
    pipeline.pause("B")
    await pipeline.start()
    await pipeline.feed("ab")
    await pipeline.feed("c", priority=1)
    await settle()
    pipeline.resume()
    await pipeline.join()
    await pipeline.shutdown()
    assert "".join(seen) == "cab"


async def unchanged(value: Any) -> Any:
    return value


async def test_results_stand_in_feeding_order_whatever_the_priorities() -> None:
    pipeline = pipeline_of()
    pipeline.pause()
    await pipeline.start()
    await pipeline.feed([1, 2])
    await pipeline.feed([3], priority=1)
    pipeline.resume()
    await pipeline.join()
    await pipeline.shutdown()
    assert values(pipeline) == [2, 4, 6]


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
