"""Promise 6: stopping is prompt, complete and clean. Here: cancelling `run`, leaving a stream.

Cancelling `run` stops within a moment: running tasks are cancelled and awaited, their items are
reported as cancelled, no worker stays behind.
"""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from evidence import assert_one_outcome_each, held_pipeline, now, same, virtually

from antflow import Pipeline, Stage, StatusTracker, rate_limit
from antflow.testing import Flaky, Gate, settle


async def cancel(run: asyncio.Task[Any]) -> None:
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run


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
