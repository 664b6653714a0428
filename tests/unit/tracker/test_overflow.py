"""What happens to events that a subscriber's buffer does not hold."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from antflow import Pipeline, PipelineResult, Stage, StatusEvent, StatusTracker
from antflow.testing import Recording, settle


async def same(value: Any) -> Any:
    return value


def watched(tracker: StatusTracker, *tasks: Any, workers: int = 1) -> Pipeline:
    stage = Stage("A", workers, list(tasks) or [same], task_attempts=1)
    return Pipeline([stage], status_tracker=tracker)


async def _behind_a_stalled_subscriber(
    overflow: Any, buffer: int
) -> tuple[StatusTracker, list[StatusEvent], asyncio.Task[list[PipelineResult]], asyncio.Event]:
    heard: list[StatusEvent] = []
    let_go = asyncio.Event()

    async def stalled(event: StatusEvent) -> None:
        await let_go.wait()
        heard.append(event)

    tracker = StatusTracker()
    tracker.subscribe(stalled, buffer=buffer, overflow=overflow)
    pipeline = watched(tracker)
    run = asyncio.create_task(pipeline.run(range(200)))
    await settle(500)
    return tracker, heard, run, let_go


async def test_wait_lets_the_pipeline_wait_and_loses_nothing() -> None:
    tracker, heard, run, let_go = await _behind_a_stalled_subscriber("wait", 50)
    waiting = tracker.get_delivery_stats()[0].pending
    fed = tracker.get_tracked_ids()
    let_go.set()
    assert len(await run) == 200
    assert len(heard) == 600
    assert tracker.get_delivery_stats()[0].lost == 0
    assert 50 <= waiting < 150
    assert len(fed) < 200


async def test_drop_oldest_goes_on_and_counts_what_it_lost() -> None:
    tracker, heard, run, let_go = await _behind_a_stalled_subscriber("drop_oldest", 50)
    completed = tracker.get_stats()["completed"]
    let_go.set()
    await run
    (stats,) = tracker.get_delivery_stats()
    assert completed == 200
    assert stats.lost == 600 - stats.delivered
    assert stats.delivered == len(heard)
    assert heard[-1] == tracker.get_status(199)
    newest = heard[-50:]
    assert [event.timestamp for event in newest] == sorted(event.timestamp for event in newest)


async def test_coalesce_keeps_the_newest_event_of_each_item() -> None:
    tracker, heard, run, let_go = await _behind_a_stalled_subscriber("coalesce", 300)
    let_go.set()
    await run
    newest = {event.item_id: event.status for event in heard}
    (stats,) = tracker.get_delivery_stats()
    assert newest == dict.fromkeys(range(200), "completed")
    assert 0 < stats.lost < 600
    assert stats.delivered == len(heard) == 600 - stats.lost


@pytest.mark.parametrize("overflow", ["wait", "drop_oldest", "coalesce"])
async def test_an_unhashable_id_passes_with_any_overflow(overflow: Any) -> None:
    recording = Recording()
    tracker = StatusTracker(buffer=1, overflow=overflow)
    tracker.subscribe(recording)
    results = await watched(tracker).run([1, {"id": [1], "value": 2}, 3])
    (stats,) = tracker.get_delivery_stats()
    assert len(results) == 2
    assert stats.delivered + stats.lost == 7


async def test_the_trackers_settings_hold_for_subscribers_that_bring_none() -> None:
    let_go = asyncio.Event()

    async def stalled(event: StatusEvent) -> None:
        await let_go.wait()

    tracker = StatusTracker(on_status_change=stalled, buffer=10, overflow="drop_oldest")
    run = asyncio.create_task(watched(tracker).run(range(100)))
    await settle(200)
    pending = tracker.get_delivery_stats()[0].pending
    let_go.set()
    await run
    assert pending == 10
