"""Promise 7, continued: a slow subscriber has a bounded buffer of its own.

It never slows the pipeline below that: 65,536 events by default, then by choice: wait (the
default), drop the oldest, or coalesce per item; losses are counted and visible.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest
from evidence import same, virtually, watched

from antflow import Pipeline, Stage, StatusEvent, StatusTracker
from antflow.testing import settle
from antflow.tracker import DeliveryStats


class Stalled:
    """A subscriber that holds its first event until `go_on`."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.go_on = asyncio.Event()

    async def __call__(self, event: Any) -> None:
        self.events.append(event)
        await self.go_on.wait()


def only(tracker: StatusTracker, workers: int = 1) -> Pipeline:
    return Pipeline([Stage("Only", workers, [same], queue_capacity=1)], True, tracker)


def stats_of(tracker: StatusTracker) -> DeliveryStats:
    (stats,) = tracker.get_delivery_stats()
    return stats


def test_the_default_is_a_buffer_of_65536_events_that_makes_the_pipeline_wait() -> None:
    parameters = inspect.signature(StatusTracker).parameters
    assert parameters["buffer"].default == 65_536
    assert parameters["overflow"].default == "wait"


async def finish(run: asyncio.Task[Any], stalled: Stalled) -> None:
    """Let a run end that nothing but its subscriber holds up."""
    await settle(500)
    stalled.go_on.set()
    await run


@pytest.mark.parametrize("buffer", [1, 10, 200])
@pytest.mark.parametrize("workers", [1, 4])
def test_wait_slows_the_pipeline_down_and_loses_nothing(buffer: int, workers: int) -> None:
    """The pipeline stops within a round of the loop after the buffer is full."""

    async def main() -> None:
        stalled = Stalled()
        tracker = StatusTracker(on_status_change=stalled, buffer=buffer)
        pipeline = only(tracker, workers)
        run = asyncio.create_task(pipeline.run(range(300)))
        await settle(500)
        pending = stats_of(tracker).pending
        assert pending <= buffer + 3 * (workers + 2)
        assert pipeline.get_stats().items_processed <= buffer // 3 + workers + 2
        assert not run.done()
        await finish(run, stalled)
        assert len(stalled.events) == 900
        assert stats_of(tracker) == DeliveryStats("Stalled", 0, 900, 0, 0)

    virtually(main())


def test_a_buffer_that_is_not_full_slows_nothing() -> None:
    async def main() -> None:
        stalled = Stalled()
        tracker = StatusTracker(on_status_change=stalled, buffer=1000)
        pipeline = only(tracker)
        run = asyncio.create_task(pipeline.run(range(300)))
        await settle(1000)
        assert pipeline.get_stats().items_processed == 300
        await finish(run, stalled)
        assert len(stalled.events) == 900

    virtually(main())


def test_by_default_a_subscriber_may_fall_20000_items_behind() -> None:
    async def main() -> None:
        stalled = Stalled()
        tracker = StatusTracker(on_status_change=stalled)
        pipeline = Pipeline([Stage("Only", 4, [same])], status_tracker=tracker)
        run = asyncio.create_task(pipeline.run(range(20_000)))
        while pipeline.get_stats().items_processed < 20_000:
            await asyncio.sleep(0)
        await settle()
        assert stats_of(tracker).pending == 60_000 - 1
        await finish(run, stalled)
        assert (len(stalled.events), stats_of(tracker).lost) == (60_000, 0)

    virtually(main())


@pytest.mark.parametrize("buffer", [1, 10, 200])
def test_drop_oldest_keeps_the_newest_and_counts_the_rest(buffer: int) -> None:
    async def main() -> None:
        stalled = Stalled()
        tracker = StatusTracker(on_status_change=stalled, buffer=buffer, overflow="drop_oldest")
        pipeline = only(tracker)
        run = asyncio.create_task(pipeline.run(range(300)))
        watched().watch = lambda: bounded(tracker, buffer)
        await settle(1000)
        assert pipeline.get_stats().items_processed == 300
        assert stats_of(tracker) == DeliveryStats("Stalled", buffer, 0, 900 - 1 - buffer, 0)
        await finish(run, stalled)
        assert len(stalled.events) == buffer + 1
        last = [event for item in range(300) for event in tracker.get_history(item)]
        last.sort(key=lambda event: event.timestamp)
        newest = {(event.item_id, event.status) for event in stalled.events[1:]}
        assert newest <= {(event.item_id, event.status) for event in last[-2 * buffer - 9 :]}
        assert (299, "completed") in newest

    virtually(main())


def bounded(tracker: StatusTracker, buffer: int) -> None:
    assert stats_of(tracker).pending <= buffer


@pytest.mark.parametrize("buffer", [300, 400])
def test_coalesce_keeps_the_newest_event_of_each_item(buffer: int) -> None:
    async def main() -> None:
        stalled = Stalled()
        tracker = StatusTracker(on_status_change=stalled, buffer=buffer, overflow="coalesce")
        pipeline = only(tracker)
        run = asyncio.create_task(pipeline.run(range(300)))
        await settle(1000)
        assert pipeline.get_stats().items_processed == 300
        stats = stats_of(tracker)
        assert 300 <= stats.pending <= buffer * 17 / 16
        assert stats.lost == 900 - 1 - stats.pending > 0
        await finish(run, stalled)
        newest: dict[Any, StatusEvent] = {event.item_id: event for event in stalled.events}
        assert sorted(newest) == list(range(300))
        assert {event.status for event in newest.values()} == {"completed"}
        assert stats_of(tracker).lost + len(stalled.events) == 900

    virtually(main())


@pytest.mark.parametrize("buffer", [1, 20])
def test_coalesce_is_bounded_where_there_are_more_items_than_places(buffer: int) -> None:
    async def main() -> None:
        stalled = Stalled()
        tracker = StatusTracker(on_status_change=stalled, buffer=buffer, overflow="coalesce")
        run = asyncio.create_task(only(tracker).run(range(300)))
        watched().watch = lambda: bounded(tracker, buffer + buffer // 16)
        await settle(1000)
        await finish(run, stalled)
        assert stats_of(tracker).lost == 900 - len(stalled.events)
        newest = [event.item_id for event in stalled.events if event.status == "completed"]
        assert newest == sorted(newest)
        assert newest[-1] == 299

    virtually(main())


@pytest.mark.parametrize("overflow", ["wait", "drop_oldest", "coalesce"])
def test_order_is_kept_whatever_was_lost(overflow: Any) -> None:
    class Slow(Stalled):
        async def __call__(self, event: Any) -> None:
            self.events.append(event)
            await asyncio.sleep(1)

    slow = Slow()

    async def main() -> None:
        tracker = StatusTracker(on_status_change=slow, buffer=16, overflow=overflow)
        await only(tracker, 3).run(range(100))
        stats = stats_of(tracker)
        assert stats.delivered == len(slow.events) == 300 - stats.lost

    virtually(main())
    for item in range(100):
        told = [event.status for event in slow.events if event.item_id == item]
        assert told == [s for s in ("queued", "in_progress", "completed") if s in told]


def test_every_subscriber_has_a_buffer_and_a_choice_of_its_own() -> None:
    async def main() -> None:
        kept, dropped = Stalled(), Stalled()
        tracker = StatusTracker()
        tracker.subscribe(kept)
        tracker.subscribe(dropped, buffer=5, overflow="drop_oldest")
        run = asyncio.create_task(only(tracker).run(range(100)))
        await settle(500)
        kept.go_on.set()
        dropped.go_on.set()
        await run
        assert (len(kept.events), len(dropped.events)) == (300, 6)
        assert [stats.lost for stats in tracker.get_delivery_stats()] == [0, 294]

    virtually(main())


@pytest.mark.parametrize("overflow", ["wait", "drop_oldest"])
def test_task_events_have_the_trackers_buffer(overflow: Any) -> None:
    async def main() -> None:
        stalled = Stalled()
        tracker = StatusTracker(on_task_start=stalled, buffer=10, overflow=overflow)
        pipeline = only(tracker)
        run = asyncio.create_task(pipeline.run(range(300)))
        await settle(1000)
        processed = pipeline.get_stats().items_processed
        assert processed < 20 if overflow == "wait" else processed == 300
        assert stats_of(tracker).pending <= 20
        await finish(run, stalled)
        assert stats_of(tracker).delivered + stats_of(tracker).lost == 600
        assert (stats_of(tracker).lost == 0) == (overflow == "wait")

    virtually(main())


def test_cancelling_a_run_that_waits_for_a_full_buffer_ends_it() -> None:
    async def main() -> None:
        tracker = StatusTracker(on_status_change=Stalled(), buffer=4, drain_timeout=2)
        run = asyncio.create_task(only(tracker).run(range(300)))
        await settle(500)
        run.cancel()
        async with asyncio.timeout(100):
            await asyncio.wait([run])
        assert run.cancelled()
        stats = stats_of(tracker)
        assert stats.pending == 0
        assert stats.lost > 0

    virtually(main())
