"""How events reach subscribers: off the hot path, in order, one at a time."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from antflow import Pipeline, Stage, StatusEvent, StatusTracker
from antflow.testing import Gate, Recording, run_virtual, settle, until

FROM_START_TO_END = ["queued", "in_progress", "completed"]


async def same(value: Any) -> Any:
    return value


def watched(tracker: StatusTracker, *tasks: Any, workers: int = 1) -> Pipeline:
    stage = Stage("A", workers, list(tasks) or [same], task_attempts=1)
    return Pipeline([stage], status_tracker=tracker)


# -- who hears what ----------------------------------------------------------------------------


async def test_every_subscriber_gets_every_event_in_order() -> None:
    own, first, second = Recording(), Recording(), Recording()
    tracker = StatusTracker(on_status_change=own)
    tracker.subscribe(first)
    tracker.subscribe(second)
    await watched(tracker, workers=3).run(range(50))
    assert own.events == first.events == second.events
    assert len(own.events) == 150
    assert all(own.statuses(number) == FROM_START_TO_END for number in range(50))


async def test_an_event_comes_while_the_task_still_runs() -> None:
    gate, recording = Gate(), Recording()
    tracker = StatusTracker(on_status_change=recording)
    run = asyncio.create_task(watched(tracker, gate).run([1]))
    await until(lambda: recording.statuses(0) == ["queued", "in_progress"])
    assert not run.done()
    gate.open()
    await run


@pytest.mark.parametrize("kind", ["sync", "async", "object"])
async def test_a_subscriber_may_be_sync_async_or_an_object(kind: str) -> None:
    statuses: list[str] = []

    class Listener:
        async def __call__(self, event: StatusEvent) -> None:
            await hear_async(event)

    def hear(event: StatusEvent) -> None:
        statuses.append(event.status)

    async def hear_async(event: StatusEvent) -> None:
        await asyncio.sleep(0)
        hear(event)

    subscriber: Any = {"sync": hear, "async": hear_async, "object": Listener()}[kind]
    tracker = StatusTracker()
    tracker.subscribe(subscriber)
    await watched(tracker).run([1])
    assert statuses == FROM_START_TO_END


async def test_a_subscriber_gets_one_event_at_a_time() -> None:
    inside: list[int] = []
    most: list[int] = []

    async def hear(event: StatusEvent) -> None:
        inside.append(1)
        most.append(len(inside))
        await asyncio.sleep(0)
        inside.pop()

    await watched(StatusTracker(on_status_change=hear), workers=5).run(range(30))
    assert (max(most), len(most)) == (1, 90)


async def test_run_returns_after_every_event_was_delivered() -> None:
    heard: list[StatusEvent] = []

    async def slowly(event: StatusEvent) -> None:
        for _ in range(20):
            await asyncio.sleep(0)
        heard.append(event)

    await watched(StatusTracker(on_status_change=slowly)).run(range(20))
    assert len(heard) == 60


def test_a_slow_subscriber_does_not_slow_the_pipeline() -> None:
    """The items are through before the first event is."""

    async def slowly(event: StatusEvent) -> None:
        await asyncio.sleep(3)

    async def main() -> float:
        loop = asyncio.get_running_loop()
        pipeline = watched(StatusTracker(on_status_change=slowly))
        await pipeline.start()
        await pipeline.feed(range(100))
        await pipeline.join()
        ended = loop.time()
        await pipeline.shutdown()
        return ended

    assert run_virtual(main()) < 3


async def test_a_slow_subscriber_does_not_slow_another() -> None:
    let_go, quick = asyncio.Event(), Recording()

    async def slowly(event: StatusEvent) -> None:
        await let_go.wait()

    tracker = StatusTracker(on_status_change=slowly)
    tracker.subscribe(quick)
    run = asyncio.create_task(watched(tracker).run(range(10)))
    await until(lambda: len(quick.events) == 30)
    let_go.set()
    await run
    assert [stats.delivered for stats in tracker.get_delivery_stats()] == [30, 30]


async def test_without_subscribers_nothing_is_delivered() -> None:
    tracker = StatusTracker()
    await watched(tracker).run([1])
    assert tracker.get_delivery_stats() == []


# -- coming and going --------------------------------------------------------------------------


async def test_subscribing_while_it_runs_is_from_then_on() -> None:
    gate, recording = Gate(), Recording()
    tracker = StatusTracker()
    run = asyncio.create_task(watched(tracker, gate).run([1, 2]))
    await settle()
    tracker.subscribe(recording)
    gate.open()
    await run
    assert recording.statuses(0) == ["completed"]
    assert recording.statuses(1) == ["in_progress", "completed"]


async def test_an_unsubscribed_callback_hears_no_more() -> None:
    gate, recording = Gate(), Recording()
    tracker = StatusTracker()
    tracker.subscribe(recording)
    run = asyncio.create_task(watched(tracker, gate).run([1]))
    await until(lambda: len(recording.events) == 2)
    tracker.unsubscribe(recording)
    gate.open()
    await run
    assert recording.statuses(0) == ["queued", "in_progress"]


async def test_a_subscriber_may_unsubscribe_itself_while_called() -> None:
    heard: list[StatusEvent] = []
    other = Recording()

    def once(event: StatusEvent) -> None:
        heard.append(event)
        tracker.unsubscribe(once)

    tracker = StatusTracker()
    tracker.subscribe(once)
    tracker.subscribe(other)
    await watched(tracker).run(range(10))
    assert (len(heard), len(other.events)) == (1, 30)


async def test_a_subscriber_may_subscribe_another_while_called() -> None:
    gate, late = Gate(), Recording()

    def invite(event: StatusEvent) -> None:
        if event.status == "in_progress":
            tracker.subscribe(late)

    tracker = StatusTracker(on_status_change=invite)
    run = asyncio.create_task(watched(tracker, gate).run([1]))
    await until(lambda: len(tracker.get_delivery_stats()) == 2)
    gate.open()
    await run
    assert late.statuses(0) == ["completed"]


def test_unsubscribing_an_unknown_callback_is_ignored() -> None:
    tracker = StatusTracker(on_status_change=Recording())
    tracker.unsubscribe(print)
    assert len(tracker.get_delivery_stats()) == 1


def test_the_trackers_own_callback_is_not_unsubscribed() -> None:
    own = Recording()
    tracker = StatusTracker(on_status_change=own)
    tracker.unsubscribe(own)
    assert tracker.on_status_change is own


async def test_the_trackers_own_callback_can_be_set_later_and_changed() -> None:
    first, second = Recording(), Recording()
    tracker = StatusTracker()
    assert tracker.on_status_change is None
    pipeline = watched(tracker)
    for callback in (first, second, None):
        tracker.on_status_change = callback
        assert tracker.on_status_change is callback
        await pipeline.run([1])
    assert (len(first.events), len(second.events)) == (3, 3)


async def test_the_same_callback_subscribed_twice_is_called_twice() -> None:
    recording = Recording()
    tracker = StatusTracker()
    tracker.subscribe(recording)
    tracker.subscribe(recording)
    pipeline = watched(tracker)
    await pipeline.run([1])
    tracker.unsubscribe(recording)
    await pipeline.run([1])
    assert len(recording.events) == 6 + 3


def test_what_cannot_be_called_cannot_subscribe() -> None:
    with pytest.raises(TypeError, match="callable"):
        StatusTracker().subscribe(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="callable"):
        StatusTracker(on_status_change=3)  # type: ignore[arg-type]


# -- errors ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error", [RuntimeError("oops"), SystemExit("oops"), asyncio.CancelledError("oops")]
)
async def test_a_raising_subscriber_is_logged_once_per_kind_and_counted(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(event: StatusEvent) -> None:
        raise error if event.status == "queued" else KeyError("another kind")

    other = Recording()
    tracker = StatusTracker(on_status_change=broken)
    tracker.subscribe(other)
    results = await watched(tracker).run(range(5))
    assert len(results) == 5
    assert len(other.events) == 15
    logged = [record for record in caplog.records if "broken" in record.getMessage()]
    assert [record.levelno for record in logged] == [logging.ERROR] * 2
    stats = tracker.get_delivery_stats()[0]
    assert (stats.delivered, stats.errors, stats.lost) == (15, 15, 0)
