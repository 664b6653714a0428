"""A run ends when its events are delivered, or their subscriber made no progress."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from antflow import Pipeline, Stage, StatusEvent, StatusTracker
from antflow.testing import Gate, Recording, run_virtual, settle


async def same(value: Any) -> Any:
    return value


def watched(tracker: StatusTracker, *tasks: Any, workers: int = 1) -> Pipeline:
    stage = Stage("A", workers, list(tasks) or [same], task_attempts=1)
    return Pipeline([stage], status_tracker=tracker)


def test_a_subscriber_without_progress_loses_the_rest_after_the_drain_timeout(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def stuck(event: StatusEvent) -> None:
        await asyncio.Event().wait()

    async def main() -> tuple[float, StatusTracker]:
        loop = asyncio.get_running_loop()
        tracker = StatusTracker(on_status_change=stuck, drain_timeout=7.0)
        await watched(tracker).run(range(10))
        return loop.time(), tracker

    ended, tracker = run_virtual(main())
    (stats,) = tracker.get_delivery_stats()
    assert round(ended, 3) == 7.0
    assert (stats.lost, stats.delivered, stats.pending) == (30, 0, 0)
    assert any("30 events lost" in record.getMessage() for record in caplog.records)


def test_the_drain_timeout_is_5_seconds_and_starts_again_with_each_event() -> None:
    async def slowly(event: StatusEvent) -> None:
        await asyncio.sleep(4)

    async def main() -> tuple[float, StatusTracker]:
        tracker = StatusTracker(on_status_change=slowly)
        await watched(tracker).run(range(3))
        return asyncio.get_running_loop().time(), tracker

    ended, tracker = run_virtual(main())
    assert tracker.drain_timeout == 5.0
    assert round(ended, 3) == 36.0
    assert tracker.get_delivery_stats()[0].lost == 0


async def test_a_cancelled_run_does_not_wait_for_a_stuck_subscriber() -> None:
    async def stuck(event: StatusEvent) -> None:
        await asyncio.Event().wait()

    tracker = StatusTracker(on_status_change=stuck, drain_timeout=600.0)
    run = asyncio.create_task(watched(tracker, Gate()).run(range(10)))
    await settle()
    run.cancel()
    async with asyncio.timeout(30):
        await asyncio.wait([run])
    assert run.cancelled()


def test_a_subscriber_may_shut_the_pipeline_down() -> None:
    """It does not wait for itself, and hears the rest afterwards."""
    heard: list[str] = []

    async def stop_at_first_result(event: StatusEvent) -> None:
        heard.append(event.status)
        if event.status == "completed" and "stopped" not in heard:
            await pipeline.shutdown()
            heard.append("stopped")

    async def main() -> float:
        await pipeline.run(range(5))
        return asyncio.get_running_loop().time()

    tracker = StatusTracker(on_status_change=stop_at_first_result)
    pipeline = watched(tracker)
    assert run_virtual(main()) < 5
    assert "stopped" in heard
    assert tracker.get_delivery_stats()[0].lost == 0
    assert len(heard) == 16


async def test_a_subscriber_may_ask_the_pipeline_while_called() -> None:
    answers: list[bool] = []

    def ask(event: StatusEvent) -> None:
        stats = pipeline.get_stats()
        answers.append(stats.items_fed >= stats.items_processed)

    pipeline = watched(StatusTracker(on_status_change=ask))
    await pipeline.run(range(5))
    assert answers == [True] * 15


def test_a_tracker_delivers_in_every_event_loop_it_is_used_in() -> None:
    recording = Recording()
    pipeline = watched(StatusTracker(on_status_change=recording))
    asyncio.run(pipeline.run([1]))
    asyncio.run(pipeline.run([1]))
    assert len(recording.events) == 6
