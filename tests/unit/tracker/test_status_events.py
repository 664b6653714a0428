"""Which status events an item leaves, in which order, with which metadata."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from antflow import DROP, Pipeline, Stage, StatusEvent, StatusTracker
from antflow.testing import Flaky, Gate, Recording, run_virtual, settle

POLICIES = pytest.mark.parametrize("policy", ["per_task", "per_stage"])


async def same(value: Any) -> Any:
    return value


def story(events: list[StatusEvent]) -> list[tuple[str | None, str, str | None]]:
    return [(event.stage, event.status, event.worker) for event in events]


def told(stages: list[Stage], *items: Any) -> tuple[Recording, StatusTracker]:
    """Run on the virtual clock; both what a subscriber heard and what the history holds."""

    async def main() -> None:
        await asyncio.sleep(50)
        await Pipeline(stages, status_tracker=tracker).run(items)

    recording = Recording()
    tracker = StatusTracker(on_status_change=recording)
    run_virtual(main())
    return recording, tracker


def test_an_item_that_succeeds() -> None:
    """queued without a worker, in_progress and completed with one, in each stage."""
    recording, _ = told([Stage("A", 1, [same]), Stage("B", 1, [same, same])], 1)
    assert story(recording.events) == [
        ("A", "queued", None),
        ("A", "in_progress", "A-W0"),
        ("A", "completed", "A-W0"),
        ("B", "queued", None),
        ("B", "in_progress", "B-W0"),
        ("B", "completed", "B-W0"),
    ]
    assert [event.metadata for event in recording.events] == [{}] * 6


@POLICIES
def test_an_item_that_fails_after_its_attempts(policy: Any) -> None:
    """in_progress each time a worker takes it, retrying in both modes, then failed."""
    fields: dict[str, Any] = {f"{policy[4:]}_attempts": 3, f"{policy[4:]}_wait_seconds": 5}
    stage = Stage("A", 1, [Flaky(failures=9, error=lambda: KeyError("k"))], policy, **fields)
    recording, _ = told([stage, Stage("B", 1, [same])], "x")
    assert story(recording.events) == [
        ("A", "queued", None),
        ("A", "in_progress", "A-W0"),
        ("A", "retrying", "A-W0"),
        ("A", "in_progress", "A-W0"),
        ("A", "retrying", "A-W0"),
        ("A", "in_progress", "A-W0"),
        ("A", "failed", "A-W0"),
    ]


@POLICIES
def test_metadata_of_retrying_and_failed(policy: Any) -> None:
    """`attempt` is the coming one, 2 first; `attempts` those really made."""
    fields: dict[str, Any] = {f"{policy[4:]}_attempts": 3, f"{policy[4:]}_wait_seconds": 5}
    stage = Stage("A", 1, [Flaky(failures=9, error=lambda: KeyError("k"))], policy, **fields)
    recording, _ = told([stage], "x")
    error = {"error": "'k'", "error_type": "KeyError"}
    assert [event.metadata for event in recording.events if event.status == "retrying"] == [
        {**error, "attempts": 1, "retry": True, "attempt": 2},
        {**error, "attempts": 2, "retry": True, "attempt": 3},
    ]
    assert recording.events[-1].metadata == {**error, "attempts": 3}


@POLICIES
def test_an_item_that_succeeds_at_its_second_attempt(policy: Any) -> None:
    fields: dict[str, Any] = {"task_wait_seconds": 5, "stage_wait_seconds": 5}
    recording, _ = told([Stage("A", 1, [same, Flaky(failures=1)], policy, **fields)], "x")
    assert recording.statuses(0) == [
        "queued",
        "in_progress",
        "retrying",
        "in_progress",
        "completed",
    ]


@pytest.mark.parametrize("policy", ["per_task", "per_stage"])
def test_a_wait_of_no_seconds_leaves_the_same_events(policy: Any) -> None:
    stage = Stage("A", 1, [Flaky(failures=1)], policy, task_wait_seconds=0, stage_wait_seconds=0)
    recording, _ = told([stage], "x")
    assert recording.statuses(0) == [
        "queued",
        "in_progress",
        "retrying",
        "in_progress",
        "completed",
    ]


def test_an_error_that_is_not_worth_another_attempt_is_failed_at_once() -> None:
    stage = Stage("A", 1, [Flaky(failures=1, error=KeyError)], retry_on=(OSError,))
    recording, _ = told([stage], "x")
    assert recording.statuses(0) == ["queued", "in_progress", "failed"]
    assert recording.events[-1].metadata["attempts"] == 1


def test_a_skipped_item_is_never_in_progress_nor_completed_there() -> None:
    recording, _ = told([Stage("A", 1, [same], skip_if=bool), Stage("B", 1, [same])], 1)
    assert story(recording.events) == [
        ("A", "queued", None),
        ("A", "skipped", "A-W0"),
        ("B", "queued", None),
        ("B", "in_progress", "B-W0"),
        ("B", "completed", "B-W0"),
    ]


def test_a_dropped_item_ends_there() -> None:
    async def drop(value: int) -> Any:
        return DROP

    recording, _ = told([Stage("A", 1, [drop]), Stage("B", 1, [same])], 1)
    assert story(recording.events) == [
        ("A", "queued", None),
        ("A", "in_progress", "A-W0"),
        ("A", "dropped", "A-W0"),
    ]


async def test_cancelled_items_say_where_they_were() -> None:
    gate, recording = Gate(), Recording()
    tracker = StatusTracker(on_status_change=recording)
    pipeline = Pipeline([Stage("A", 1, [same]), Stage("B", 1, [gate])], status_tracker=tracker)
    run = asyncio.create_task(pipeline.run([1, 2]))
    await settle()
    run.cancel()
    await asyncio.wait([run])
    ends = {event.item_id: event for event in recording.events if event.status == "cancelled"}
    assert (ends[0].stage, ends[0].worker) == ("B", "B-W0")
    assert (ends[1].stage, ends[1].worker) == ("B", None)
    assert tracker.get_history(1)[-1] == ends[1]
    assert tracker.get_by_status("cancelled") == [ends[0], ends[1]]


def test_an_unhashable_id_fails_without_a_worker() -> None:
    recording, _ = told([Stage("A", 1, [same])], {"id": [1], "value": 2})
    assert story(recording.events)[-1] == ("A", "failed", None)
    assert recording.events[-1].metadata["error_type"] == "ValueError"


def test_an_item_enters_at_the_stage_it_was_fed_to() -> None:
    async def main() -> None:
        stages = [Stage("A", 1, [same]), Stage("B", 1, [same])]
        pipeline = Pipeline(stages, status_tracker=tracker)
        async with pipeline:
            await pipeline.start()
            await pipeline.feed([1], target_stage="B")

    tracker = StatusTracker()
    run_virtual(main())
    assert [event.stage for event in tracker.get_history(0)] == ["B"] * 3


def test_the_history_holds_what_a_subscriber_heard() -> None:
    """Whatever became of the items: same events, same times, same metadata."""

    async def all_sorts(value: int) -> Any:
        await asyncio.sleep(value)
        if value % 4 == 0:
            raise ValueError("no")
        return DROP if value % 4 == 1 else value

    stages = [
        Stage("A", 2, [all_sorts], task_attempts=2, skip_if=lambda value: value % 5 == 0),
        Stage("B", 1, [Flaky(failures=1)], "per_stage", stage_wait_seconds=3),
    ]
    recording, tracker = told(stages, *range(20))
    for number in range(20):
        heard = [event for event in recording.events if event.item_id == number]
        assert tracker.get_history(number) == heard


def test_timestamps_are_unix_seconds_and_tell_when_it_happened() -> None:
    async def work(value: int) -> int:
        await asyncio.sleep(30)
        return value

    before = time.time()
    stages = [
        Stage("A", 1, [work], task_wait_seconds=7),
        Stage("B", 1, [Flaky(1)], task_attempts=2),
    ]
    recording, _ = told(stages, "x")
    times = [
        round(event.timestamp - recording.events[0].timestamp, 3) for event in recording.events
    ]
    assert times == [0, 0, 30, 30, 30, 30, 31, 31]
    assert abs(recording.events[0].timestamp - before) < 120


def test_the_start_of_a_stage_is_the_end_of_the_wait_before_it() -> None:
    """Two items, one worker: the second is queued until the first is done."""

    async def work(value: int) -> int:
        await asyncio.sleep(10)
        return value

    _, tracker = told([Stage("A", 1, [work])], 1, 2)
    queued, started, ended = (event.timestamp for event in tracker.get_history(1))
    assert round(started - queued, 3) == 10
    assert round(ended - started, 3) == 10


def test_events_of_one_item_never_go_back_in_time() -> None:
    recording, _ = told([Stage("A", 3, [same]), Stage("B", 2, [same])], *range(30))
    for number in range(30):
        times = [event.timestamp for event in recording.events if event.item_id == number]
        assert times == sorted(times)


def test_what_is_done_to_an_events_metadata_does_not_reach_the_history() -> None:
    recording, tracker = told([Stage("A", 1, [Flaky(9)], task_attempts=1)], "x")
    recording.events[-1].metadata.clear()
    tracker.get_history(0)[-1].metadata.clear()
    assert tracker.get_history(0)[-1].metadata["error_type"] == "ValueError"
