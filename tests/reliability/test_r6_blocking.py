"""R6: an item whose task blocks, or will not end, takes nobody with it."""

from __future__ import annotations

import asyncio
import threading

from antflow import Pipeline, Stage, StatusTracker
from antflow.testing import run_virtual, until

ITEMS = 12


async def test_a_plain_function_that_blocks_fails_at_its_timeout_and_the_others_finish() -> None:
    released = threading.Event()
    order: list[int] = []

    def work(value: int) -> int:
        if value == 0:
            assert released.wait(60.0)
        order.append(value)
        return value

    stage = Stage("A", 2, [work], task_attempts=1, timeout=0.05)
    pipeline = Pipeline([stage], status_tracker=StatusTracker())
    run = asyncio.create_task(pipeline.run(range(ITEMS), include_failures=True))
    try:
        await until(lambda: pipeline.get_stats().items_processed == ITEMS - 1, 60.0)
        await until(lambda: pipeline.get_stats().items_failed == 1, 60.0)
        assert order == list(range(1, ITEMS))
        busy = [s for s in pipeline.get_worker_states().values() if s.status == "busy"]
        assert [(state.current_item_id, state.waiting_for) for state in busy] in (
            [(0, "thread")],
            [],  # the run has ended without waiting for the thread
        )
    finally:
        released.set()
    results = await asyncio.wait_for(run, 60.0)
    assert isinstance(results[0].error, TimeoutError)
    assert "longer than 0.05 s" in str(results[0].error)
    assert all(result.is_success for result in results[1:])


async def test_a_worker_whose_thread_was_blocked_goes_on_when_it_is_free() -> None:
    released, done = threading.Event(), []

    def work(value: int) -> int:
        if value == 0:
            assert released.wait(60.0)
        done.append(value)
        return value

    pipeline = Pipeline([Stage("A", 1, [work], task_attempts=1, timeout=0.05)])
    await pipeline.start()
    try:
        await pipeline.feed(range(3))
        await until(lambda: pipeline.get_stats().items_failed == 1, 60.0)
        assert pipeline.get_stats().items_processed == 0
        assert done == []
    finally:
        released.set()
    await asyncio.wait_for(pipeline.join(), 60.0)
    assert [result.id for result in pipeline.results] == [1, 2]
    assert done == [0, 1, 2]
    await pipeline.shutdown()


def test_shutdown_leaves_a_task_behind_that_swallows_every_cancellation() -> None:
    """It is told four times, then its item is cancelled and what it returns is not listened to."""
    released: list[asyncio.Event] = []

    async def work(value: int) -> int:
        while not released[0].is_set():
            try:
                await released[0].wait()
            except asyncio.CancelledError:
                continue
        return value

    async def main() -> Pipeline:
        released.append(asyncio.Event())
        pipeline = Pipeline([Stage("A", 1, [work])], status_tracker=StatusTracker())
        await pipeline.start()
        await pipeline.feed([0, 1])
        await asyncio.sleep(1.0)
        await asyncio.wait_for(pipeline.shutdown(1.0), 30.0)
        assert [item.id for item in pipeline.unprocessed] == [0, 1]
        before = pipeline.get_stats()
        released[0].set()
        await asyncio.sleep(1.0)
        assert pipeline.get_stats() == before
        assert pipeline.results == []
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return pipeline

    stats = run_virtual(main()).get_stats()
    assert (stats.items_fed, stats.items_cancelled, stats.items_processed) == (2, 2, 0)
