"""Promise 7: subscribers run off the hot path, in order, one event at a time each.

An idle subscriber gets an event within 50 ms of its happening, `in_progress` while the task still
runs. `run` returns after every event was delivered; for a subscriber that makes no progress it
waits 5 s (`drain_timeout`), then counts the rest as lost. A raising one is logged once per kind
and counted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from evidence import hearing, now, outcomes, same, virtually

from antflow import Pipeline, PipelineDashboard, Stage, StatusEvent, StatusTracker, TaskEvent
from antflow.testing import Flaky, Gate, Recording, settle
from antflow.tracker import DeliveryStats


def two_stages(tracker: StatusTracker, task: Any = same) -> Pipeline:
    return Pipeline([Stage("First", 2, [task]), Stage("Last", 2, [same])], True, tracker)


def stats_of(tracker: StatusTracker) -> DeliveryStats:
    (stats,) = tracker.get_delivery_stats()
    return stats


class SlowSubscriber:
    """Takes `seconds` for each event, and notes what overlaps."""

    def __init__(self, seconds: float, *, stalls_at: int | None = None) -> None:
        self.events: list[Any] = []
        self.times: list[float] = []
        self.most_at_once = 0
        self._inside = 0
        self._seconds = seconds
        self._stalls_at = stalls_at

    async def __call__(self, event: Any) -> None:
        self._inside += 1
        self.most_at_once = max(self.most_at_once, self._inside)
        if len(self.events) == self._stalls_at:
            await asyncio.get_running_loop().create_future()
        self.events.append(event)
        await asyncio.sleep(self._seconds)
        self.times.append(now())
        self._inside -= 1


# -- order, one at a time -------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0, 0.01, 3])
def test_a_subscriber_gets_every_event_in_order_one_at_a_time(seconds: float) -> None:
    subscriber = SlowSubscriber(seconds)
    tracker = StatusTracker(on_status_change=subscriber)
    pipeline = two_stages(tracker, Flaky(1, ConnectionError))
    virtually(pipeline.run(range(30)))
    assert subscriber.most_at_once == 1
    stamps = [event.timestamp for event in subscriber.events]
    assert stamps == sorted(stamps)
    for item in range(30):
        told = [event for event in subscriber.events if event.item_id == item]
        assert told == tracker.get_history(item)
    assert stats_of(tracker) == DeliveryStats("SlowSubscriber", 0, 30 * 8, 0, 0)


@pytest.mark.parametrize("seconds", [0, 0.5])
def test_task_events_come_in_order_one_at_a_time_too(seconds: float) -> None:
    subscriber = SlowSubscriber(seconds)
    virtually(two_stages(hearing(subscriber), Flaky(1)).run(range(20)))
    assert subscriber.most_at_once == 1
    expected = [("First", "start"), ("First", "retry"), ("First", "start"), ("First", "complete")]
    for item in range(20):
        told: list[TaskEvent] = [event for event in subscriber.events if event.item_id == item]
        assert [(event.stage, event.event_type) for event in told] == [
            *expected, ("Last", "start"), ("Last", "complete"),
        ]  # fmt: skip


# -- off the hot path -----------------------------------------------------------------------------


def test_a_slow_subscriber_does_not_slow_the_pipeline() -> None:
    """The work of 50 seconds takes 50 seconds, though each event takes one to deliver."""
    ended: list[float] = []

    async def work(value: int) -> int:
        await asyncio.sleep(1)
        ended.append(now())
        return value

    async def main() -> None:
        subscriber = SlowSubscriber(1)
        tracker = StatusTracker(on_status_change=subscriber)
        pipeline = Pipeline([Stage("Only", 2, [work])], status_tracker=tracker)
        await pipeline.run(range(100))
        assert max(ended) == 50
        assert len(subscriber.events) == 300
        assert now() == 300

    virtually(main())


def test_a_stalled_subscriber_does_not_hold_up_another() -> None:
    async def main() -> None:
        recording = Recording()
        tracker = StatusTracker(on_status_change=SlowSubscriber(0, stalls_at=3))
        tracker.subscribe(recording)
        gate = Gate()
        run = asyncio.create_task(two_stages(tracker, gate).run(range(10)))
        await settle()
        assert recording.statuses(0) == ["queued", "in_progress"]
        gate.open()
        await settle()
        assert all(len(recording.statuses(item)) == 6 for item in range(10))
        assert not run.done()
        await run

    virtually(main())


# -- prompt ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
async def test_in_progress_comes_while_the_task_still_runs(asynchronous: bool) -> None:
    """The task goes on only when the subscriber has heard that it runs: else this hangs."""
    heard: dict[int, asyncio.Event] = {item: asyncio.Event() for item in range(8)}

    def hear(event: StatusEvent) -> None:
        if event.status == "in_progress":
            heard[event.item_id].set()

    async def hear_later(event: StatusEvent) -> None:
        hear(event)

    async def task(value: int) -> int:
        await heard[value].wait()
        return value

    tracker = StatusTracker(on_status_change=hear_later if asynchronous else hear)
    async with asyncio.timeout(30):
        results = await Pipeline([Stage("Only", 2, [task])], status_tracker=tracker).run(range(8))
    assert len(results) == 8


def test_an_idle_subscriber_gets_an_event_in_the_moment_it_happens() -> None:
    """On a virtual clock: no time passes between the event and its delivery."""
    recording: list[tuple[str, float, float]] = []

    async def work(value: float) -> float:
        await asyncio.sleep(value)
        return value

    async def main() -> None:
        begun = time.time() - asyncio.get_running_loop().time()
        tracker = StatusTracker(
            on_status_change=lambda e: recording.append((e.status, e.timestamp - begun, now()))
        )
        await Pipeline([Stage("Only", 2, [work])], status_tracker=tracker).run([1.5, 2.5, 0.25])

    virtually(main())
    assert len(recording) == 9
    assert all(abs(happened - heard) < 0.05 for _, happened, heard in recording)


async def test_an_idle_subscriber_of_a_busy_pipeline_gets_events_in_time() -> None:
    """Tasks that never suspend; asserted at ten times the promised 50 ms."""
    delays: list[float] = []
    tracker = StatusTracker(
        on_status_change=lambda event: delays.append(time.time() - event.timestamp)
    )
    await two_stages(tracker).run(range(3000))
    assert len(delays) == 3000 * 6
    assert sorted(delays)[len(delays) // 2] < 0.5
    assert max(delays) < 5


# -- the end of a run ----------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["run", "stream", "shutdown"])
def test_every_event_was_delivered_when_it_returns(how: str) -> None:
    subscriber = SlowSubscriber(2)

    async def main() -> None:
        pipeline = two_stages(StatusTracker(on_status_change=subscriber))
        if how == "run":
            await pipeline.run(range(10))
        elif how == "stream":
            assert len([result async for result in pipeline.stream(range(10))]) == 10
        else:
            await pipeline.start()
            await pipeline.feed(range(10))
            await pipeline.join()
            await pipeline.shutdown()
        ended = outcomes(subscriber.events, pipeline)
        assert ended == {item: ["completed"] for item in range(10)}
        assert len(subscriber.times) == 60

    virtually(main())


def test_every_event_was_delivered_when_a_cancelled_run_returns() -> None:
    recording = Recording()

    async def main() -> None:
        pipeline = two_stages(StatusTracker(on_status_change=recording), Gate())
        run = asyncio.create_task(pipeline.run(range(10)))
        await settle()
        run.cancel()
        await asyncio.wait([run])
        assert run.cancelled()
        assert outcomes(recording.events, pipeline) == {item: ["cancelled"] for item in range(10)}

    virtually(main())


@pytest.mark.parametrize(("options", "seconds"), [({}, 5), ({"drain_timeout": 0.5}, 0.5)])
def test_run_waits_for_a_stalled_subscriber_and_counts_the_rest_as_lost(
    options: dict[str, Any], seconds: float, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        subscriber = SlowSubscriber(0, stalls_at=4)
        tracker = StatusTracker(on_status_change=subscriber, **options)
        results = await two_stages(tracker).run(range(10))
        assert len(results) == 10
        assert seconds <= now() <= 1.1 * seconds
        assert stats_of(tracker) == DeliveryStats("SlowSubscriber", 0, 4, 56, 0)

    virtually(main())
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 1
    assert "56 events lost" in told[0]


def test_a_subscriber_that_makes_progress_is_waited_for_however_long() -> None:
    async def main() -> None:
        subscriber = SlowSubscriber(4)
        tracker = StatusTracker(on_status_change=subscriber)
        await two_stages(tracker).run(range(10))
        assert len(subscriber.times) == 60
        assert now() == 240
        assert stats_of(tracker).lost == 0

    virtually(main())


def test_the_next_run_is_heard_again_by_a_subscriber_that_had_stalled() -> None:
    async def main() -> None:
        subscriber = SlowSubscriber(0, stalls_at=4)
        tracker = StatusTracker(on_status_change=subscriber)
        pipeline = two_stages(tracker)
        await pipeline.run(range(3))
        subscriber._stalls_at = None
        await pipeline.run(range(3))
        assert len(subscriber.events) == 4 + 18
        assert (stats_of(tracker).delivered, stats_of(tracker).lost) == (22, 14)

    virtually(main())


# -- subscribers that raise -----------------------------------------------------------------------


def test_a_raising_subscriber_is_logged_once_per_kind_and_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def odd_ones(event: StatusEvent) -> None:
        raise KeyError("odd") if event.item_id % 2 else ValueError("even")

    tracker = StatusTracker(on_status_change=odd_ones)
    virtually(two_stages(tracker).run(range(10)))
    assert stats_of(tracker).errors == stats_of(tracker).delivered == 60
    assert [type(record.exc_info[1]) for record in caplog.records if record.exc_info] == [
        ValueError, KeyError,
    ]  # fmt: skip
    assert len(caplog.records) == 2


def test_a_raising_subscriber_gets_the_events_that_follow() -> None:
    heard: list[StatusEvent] = []

    async def hear(event: StatusEvent) -> None:
        heard.append(event)
        raise SystemExit

    virtually(two_stages(StatusTracker(on_status_change=hear)).run(range(10)))
    assert len(heard) == 60


# -- several side by side -------------------------------------------------------------------------


def test_dashboards_and_the_trackers_own_callback_live_side_by_side() -> None:
    recordings = [Recording() for _ in range(4)]

    async def main() -> None:
        tracker = StatusTracker(on_status_change=recordings[0])
        pipeline = two_stages(tracker)
        for recording in recordings[1:]:
            PipelineDashboard(pipeline, tracker).subscribe(recording)
        await pipeline.run(range(5))

    virtually(main())
    assert [len(recording.events) for recording in recordings] == [30] * 4


@pytest.mark.parametrize("moment", [1, 7, 29])
def test_a_subscriber_may_unsubscribe_itself_or_another_while_called(moment: int) -> None:
    tracker = StatusTracker()
    heard: list[StatusEvent] = []
    other = Recording()

    def leave(event: StatusEvent) -> None:
        heard.append(event)
        if len(heard) == moment:
            tracker.unsubscribe(leave)

    tracker.subscribe(leave)
    tracker.subscribe(other)
    virtually(two_stages(tracker).run(range(5)))
    assert len(heard) == moment
    assert len(other.events) == 30
    remove: Callable[[Any], None] = tracker.unsubscribe
    remove(leave)
    assert len(tracker.get_delivery_stats()) == 1
