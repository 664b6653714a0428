"""R6: KeyboardInterrupt in a task stops the run as Ctrl-C does, each item with an outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from antflow import Pipeline, Stage, StatusTracker
from antflow.testing import run_virtual

ITEMS = 12
BAD = 4


def check_every_item_ended(pipeline: Pipeline, taken: list[int]) -> None:
    stats = pipeline.get_stats()
    failed = [item.item_id for item in pipeline.get_error_summary().failed_items]
    left = [item.id for item in pipeline.unprocessed]
    done = [result.id for result in pipeline.results]
    assert failed == [BAD]
    assert sorted([*failed, *left, *done]) == taken
    assert stats.items_fed == len(taken)
    assert (stats.items_processed, stats.items_cancelled) == (len(done), len(left))
    assert stats.items_in_flight == 0


def counted(taken: list[int], items: int) -> Iterator[int]:
    for value in range(items):
        taken.append(value)
        yield value


@pytest.mark.parametrize("items", [ITEMS, 100_000], ids=["all fed", "being fed"])
@pytest.mark.parametrize("capacity", [1, None])
def test_keyboard_interrupt_in_a_task_stops_the_run_each_item_with_an_outcome(
    capacity: int | None, items: int
) -> None:
    taken: list[int] = []

    async def work(value: int) -> int:
        await asyncio.sleep(0.1)
        if value == BAD:
            raise KeyboardInterrupt
        return value

    async def main() -> None:
        tracker = StatusTracker()
        stage = Stage("A", 2, [work], queue_capacity=capacity)
        pipeline = Pipeline([stage, Stage("B", 2, [work])], status_tracker=tracker)
        with pytest.raises(KeyboardInterrupt):
            await _timed(pipeline.run(counted(taken, items)))
        assert asyncio.all_tasks() == {asyncio.current_task()}
        check_every_item_ended(pipeline, taken)
        counts = tracker.get_stats()
        assert counts["queued"] == counts["in_progress"] == 0

    run_virtual(main())
    assert len(taken) < 100, "it went on feeding"


def test_keyboard_interrupt_ends_a_stream_each_item_with_an_outcome() -> None:
    taken: list[int] = []

    async def work(value: int) -> int:
        await asyncio.sleep(0.1)
        if value == BAD:
            raise KeyboardInterrupt
        return value

    pipeline = Pipeline([Stage("A", 2, [work], queue_capacity=2)])

    async def main() -> None:
        async for _ in pipeline.stream(counted(taken, 100_000)):
            pass

    with pytest.raises(KeyboardInterrupt):
        run_virtual(main())
    stats = pipeline.get_stats()
    assert stats.items_fed == len(taken) < 100
    assert stats.items_failed == 1
    assert stats.items_in_flight == 0
    assert stats.items_cancelled == len(pipeline.unprocessed)


@pytest.mark.parametrize("threaded", [False, True], ids=["on the loop", "on a thread"])
def test_the_pipeline_runs_again_after_a_keyboard_interrupt(threaded: bool) -> None:
    angry = [True]

    async def on_loop(value: int) -> int:
        return on_thread(value)

    def on_thread(value: int) -> int:
        if value == BAD and angry[0]:
            raise KeyboardInterrupt
        return value

    task = on_thread if threaded else on_loop
    pipeline = Pipeline([Stage("A", 2, [task], task_attempts=1)])
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(_timed(pipeline.run(range(ITEMS))))
    angry[0] = False
    left = list(pipeline.unprocessed)
    before = [result.id for result in pipeline.results]
    again = asyncio.run(_timed(pipeline.run(left)))
    assert sorted([*before, *(result.id for result in again)]) == [
        value for value in range(ITEMS) if value != BAD
    ]


async def _timed(work: Any) -> Any:
    """Not `wait_for`: in a task of its own a KeyboardInterrupt goes through the loop itself."""
    async with asyncio.timeout(60.0):
        return await work
