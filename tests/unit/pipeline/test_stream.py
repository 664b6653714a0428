"""`stream`: results one by one as items end, and what leaving early does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import pytest

from antflow import Pipeline, PipelineError, Stage, StatusTracker
from antflow.testing import Gate, run_virtual, settle, until


async def double(value: int) -> int:
    return 2 * value


def one_stage(*tasks: Any, **fields: Any) -> Pipeline:
    options = {"task_attempts": 1, "workers": 3, **fields}
    return Pipeline([Stage(name="Work", tasks=list(tasks) or [double], **options)])


def closing(results: Any) -> aclosing[Any]:
    """Leaving the block ends the stream, and not only when the garbage is collected."""
    return aclosing(results)


async def values(results: AsyncIterator[Any]) -> list[Any]:
    return [result.value async for result in results]


async def test_it_gives_every_result() -> None:
    assert sorted(await values(one_stage().stream(range(50)))) == list(range(0, 100, 2))


def test_results_come_in_the_order_of_completion() -> None:
    async def later_first(value: int) -> int:
        await asyncio.sleep(10 - value)
        return value

    pipeline = one_stage(later_first, workers=5)
    assert run_virtual(values(pipeline.stream(range(5)))) == [4, 3, 2, 1, 0]


async def test_a_result_comes_while_other_items_still_run() -> None:
    gate = Gate()

    async def hold_odd(value: int) -> int:
        return await gate(value) if value % 2 else value

    async with closing(one_stage(hold_odd).stream([1, 2])) as stream:
        first = await anext(stream)
        gate.open()
        assert (first.value, (await anext(stream)).value) == (2, 1)


async def test_failures_come_too() -> None:
    async def odd_only(value: int) -> int:
        if value % 2 == 0:
            raise ValueError(f"{value} is even")
        return value

    found = {result.id: result async for result in one_stage(odd_only).stream(range(4))}
    assert [found[number].is_success for number in range(4)] == [False, True, False, True]
    assert isinstance(found[0].error, ValueError)
    assert found[2].value == 2


async def test_it_takes_an_async_source() -> None:
    async def source() -> AsyncIterator[int]:
        yield 1
        yield 2

    assert sorted(await values(one_stage().stream(source()))) == [2, 4]


async def test_an_empty_source_ends_the_loop_at_once() -> None:
    assert await values(one_stage().stream([])) == []


async def test_it_adds_nothing_to_results_and_counts_everything() -> None:
    pipeline = one_stage()
    await values(pipeline.stream(range(5)))
    assert pipeline.results == []
    assert pipeline.get_stats().items_processed == 5


async def test_it_gives_results_also_where_none_are_collected() -> None:
    pipeline = Pipeline([Stage("Work", 1, [double])], collect_results=False)
    assert sorted(await values(pipeline.stream([1, 2]))) == [2, 4]


async def test_a_pipeline_streams_again() -> None:
    pipeline = one_stage()
    await values(pipeline.stream([1]))
    assert await values(pipeline.stream([2])) == [4]


# -- leaving early -----------------------------------------------------------------------------


async def test_leaving_the_loop_early_shuts_down(caplog: pytest.LogCaptureFixture) -> None:
    tasks_before = asyncio.all_tasks()
    pipeline = one_stage(workers=1)
    async with closing(pipeline.stream(range(1000))) as stream:
        async for _ in stream:
            break
    stats = pipeline.get_stats()
    assert asyncio.all_tasks() == tasks_before
    assert stats.items_in_flight == 0
    assert stats.items_fed == stats.items_processed + stats.items_cancelled < 1000
    assert any("discarded" in record.getMessage() for record in caplog.records)


async def test_a_plain_break_shuts_down_within_a_moment() -> None:
    tasks_before = asyncio.all_tasks()
    pipeline = one_stage()
    async for _ in pipeline.stream(range(1000)):
        break
    await until(lambda: asyncio.all_tasks() == tasks_before)
    assert pipeline.get_stats().items_in_flight == 0
    assert [result.value for result in await pipeline.run([1])] == [2]


async def test_leaving_early_cancels_what_runs() -> None:
    gate, cancelled = Gate(), asyncio.Event()

    async def hold_odd(value: int) -> int:
        try:
            return await gate(value) if value % 2 else value
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async with closing(one_stage(hold_odd).stream([1, 2])) as stream:
        assert (await anext(stream)).value == 2
    assert cancelled.is_set()


async def test_leaving_early_takes_no_more_from_the_source() -> None:
    taken: list[int] = []

    def source() -> Iterator[int]:
        for value in range(10_000):
            taken.append(value)
            yield value

    async with closing(one_stage().stream(source())) as stream:
        await anext(stream)
    read = len(taken)
    await settle()
    assert len(taken) == read < 10_000


async def test_a_pipeline_can_run_after_its_stream_was_left() -> None:
    pipeline = one_stage()
    async with closing(pipeline.stream(range(100))) as stream:
        await anext(stream)
    assert [result.value for result in await pipeline.run([1])] == [2]


async def test_an_error_in_the_loops_body_passes_on_and_shuts_down() -> None:
    pipeline = one_stage()
    with pytest.raises(KeyError, match="mine"):
        async with closing(pipeline.stream(range(100))) as stream:
            async for _ in stream:
                raise KeyError("mine")
    assert pipeline.get_stats().items_in_flight == 0


# -- the buffer --------------------------------------------------------------------------------


async def _ended_while_nobody_asks(buffer_size: int | None, **fields: Any) -> tuple[int, int]:
    """Take one result, then look: how many tasks ended, and how many items were read."""
    ended: list[int] = []
    taken: list[int] = []

    def source() -> Iterator[int]:
        for value in range(10_000):
            taken.append(value)
            yield value

    async def work(value: int) -> None:
        ended.append(value)

    pipeline = one_stage(work, workers=1, queue_capacity=2, **fields)
    async with closing(pipeline.stream(source(), buffer_size=buffer_size)) as stream:
        await anext(stream)
        await settle()
        return len(ended), len(taken)


# One result was taken; then `buffer_size` wait, and the worker holds one more. Before the stage
# two wait, and one waits for room.
@pytest.mark.parametrize(
    ("buffer_size", "ended", "read"), [(0, 2, 5), (1, 3, 6), (7, 9, 12), (None, 4, 7)]
)
async def test_buffer_size_bounds_what_waits_for_the_consumer(
    buffer_size: int | None, ended: int, read: int
) -> None:
    """None: as many as may wait before the last stage. Feeding stops with the workers."""
    assert await _ended_while_nobody_asks(buffer_size) == (ended, read)


@pytest.mark.parametrize("buffer_size", [None, 0, 1, 5])
async def test_every_result_passes_whatever_the_buffer(buffer_size: int | None) -> None:
    stream = one_stage(workers=4).stream(range(200), buffer_size=buffer_size)
    assert sorted(await values(stream)) == list(range(0, 400, 2))


async def test_a_buffer_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="buffer_size must be None, 0 or more"):
        await values(one_stage().stream([1], buffer_size=-1))


async def test_a_worker_that_waits_for_the_consumer_says_so() -> None:
    pipeline = one_stage(workers=1)
    async with closing(pipeline.stream(range(10), buffer_size=0)) as stream:
        await anext(stream)
        await settle()
        state = pipeline.get_worker_states()["Work-W0"]
        assert (state.status, state.waiting_for) == ("busy", "room")


# -- errors ------------------------------------------------------------------------------------


def failing() -> Iterator[int]:
    yield from (0, 1, 2)
    raise OSError("the disk is gone")


async def failing_async() -> AsyncIterator[int]:
    for value in failing():
        yield value


@pytest.mark.parametrize("source", [failing, failing_async], ids=["sync", "async"])
async def test_the_error_of_a_source_comes_after_the_results_before_it(source: Any) -> None:
    found: list[Any] = []
    with pytest.raises(OSError, match="the disk is gone"):
        async for result in one_stage().stream(source()):
            found.append(result.value)
    assert sorted(found) == [0, 2, 4]


async def test_a_stream_beside_a_run_is_refused() -> None:
    gate = Gate()
    pipeline = one_stage(gate)
    run = asyncio.create_task(pipeline.run([1]))
    await settle()
    with pytest.raises(PipelineError, match="already running"):
        await values(pipeline.stream([2]))
    gate.open()
    assert len(await run) == 1


async def test_a_run_inside_the_loop_is_refused_and_the_stream_goes_on() -> None:
    pipeline = one_stage()
    found = []
    async for result in pipeline.stream([1, 2, 3]):
        with pytest.raises(PipelineError, match="already running"):
            await pipeline.run([9])
        found.append(result.value)
    assert sorted(found) == [2, 4, 6]


async def test_a_stream_logs_no_warning_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    await values(one_stage().stream([1, 2]))
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_tracker_hears_everything_of_a_stream() -> None:
    tracker = StatusTracker()
    pipeline = Pipeline([Stage("Work", 2, [double])], status_tracker=tracker)
    await values(pipeline.stream([1, 2]))
    assert tracker.get_stats()["completed"] == 2
    assert [event.status for event in tracker.get_history(0)] == [
        "queued",
        "in_progress",
        "completed",
    ]
