"""Promise 4: a failure tells where, how often and why; the exception itself can be had.

`failed` carries the worker, the stage, the attempts, the exception's type and text. The exception
object and its traceback can be had from the result, from FailedItem and from the error summary,
with or without a tracker, of the newest 1,000 failures; of older ones the text. A snapshot
carries the counts and the newest 100. `retrying` is emitted in both retry modes.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import traceback
import weakref
from typing import Any

import pytest
from evidence import hearing, same, virtually

from antflow import FailedItem, Pipeline, PipelineResult, Stage, StatusEvent, StatusTracker
from antflow.testing import Flaky, Recording

by_mode = pytest.mark.parametrize("retry", ["per_task", "per_stage"])
with_and_without_tracker = pytest.mark.parametrize("tracked", [False, True])


class Trouble(Exception):
    """Of a type of its own."""


async def refuse_threes(value: int) -> int:
    found_here = f"value {value}"
    if value % 10 == 3:
        raise Trouble(f"no {found_here}")
    return value


def failing(tracked: bool, retry: Any = "per_task", task: Any = refuse_threes) -> Pipeline:
    stage = Stage("Check", 2, [task], retry, 2, 0, 2)
    tracker = StatusTracker() if tracked else None
    return Pipeline([Stage("First", 1, [same]), stage, Stage("Last", 1, [same])], True, tracker)


def statuses(tracker: StatusTracker | None, item_id: Any, status: str) -> list[StatusEvent]:
    assert tracker is not None
    return [event for event in tracker.get_history(item_id) if event.status == status]


@by_mode
def test_the_failed_event_tells_worker_stage_attempts_type_and_text(retry: Any) -> None:
    pipeline = failing(True, retry)
    virtually(pipeline.run(range(5)))
    (event,) = statuses(pipeline.tracker, 3, "failed")
    assert event.stage == "Check"
    assert event.worker in ("Check-W0", "Check-W1")
    assert event.metadata == {"error": "no value 3", "error_type": "Trouble", "attempts": 2}


@by_mode
def test_the_subscriber_gets_the_same_as_the_history_keeps(retry: Any) -> None:
    recording = Recording()
    tracker = StatusTracker(on_status_change=recording)
    pipeline = Pipeline([Stage("Check", 1, [refuse_threes], retry, 3, 1, 3)], True, tracker)
    virtually(pipeline.run(range(5)))
    assert [event for event in recording.events if event.item_id == 3] == tracker.get_history(3)


@by_mode
@pytest.mark.parametrize("wait", [0, 5])
def test_retrying_is_emitted_before_each_further_attempt(retry: Any, wait: float) -> None:
    tracker = StatusTracker()
    stage = Stage("Check", 1, [Flaky(2, Trouble)], retry, 3, wait, 3, stage_wait_seconds=wait)
    virtually(Pipeline([stage], status_tracker=tracker).run(["a"]))
    told = statuses(tracker, 0, "retrying")
    assert [(event.stage, event.worker) for event in told] == [("Check", "Check-W0")] * 2
    cause = {"error": "", "error_type": "Trouble", "retry": True}
    assert [event.metadata for event in told] == [
        {"attempts": 1, "attempt": 2} | cause,
        {"attempts": 2, "attempt": 3} | cause,
    ]
    assert [event.status for event in tracker.get_history(0)] == [
        "queued", *["in_progress", "retrying"] * 2, "in_progress", "completed",
    ]  # fmt: skip


@by_mode
@pytest.mark.parametrize("attempts", [1, 2, 5])
def test_the_attempts_are_those_really_made(retry: Any, attempts: int) -> None:
    flaky = Flaky(99, Trouble)
    stage = Stage("Check", 1, [flaky], retry, attempts, 0.5, attempts)
    pipeline = Pipeline([stage])
    virtually(pipeline.run(["a"]))
    (failure,) = pipeline.get_error_summary().failed_items
    assert failure.attempts == attempts == flaky.calls["a"]


@by_mode
def test_what_is_not_worth_another_attempt_fails_at_the_first(retry: Any) -> None:
    stage = Stage("Check", 1, [Flaky(9, Trouble)], retry, 5, 1, 5, retry_on=(OSError,))
    pipeline = Pipeline([stage])
    virtually(pipeline.run(["a"]))
    assert [item.attempts for item in pipeline.get_error_summary().failed_items] == [1]


def names_in_traceback(error: BaseException | None) -> list[str]:
    assert error is not None
    return [frame.name for frame in traceback.extract_tb(error.__traceback__)]


@by_mode
@with_and_without_tracker
def test_result_failed_item_and_summary_hold_the_same_exception_with_its_traceback(
    tracked: bool, retry: Any
) -> None:
    pipeline = failing(tracked, retry)
    results = virtually(pipeline.run(range(5), include_failures=True))
    error = results[3].error
    assert isinstance(error, Trouble)
    assert "refuse_threes" in names_in_traceback(error)
    (failure,) = pipeline.get_error_summary().failed_items
    assert failure.exception is error
    (shown,) = pipeline.get_dashboard_snapshot().error_summary.failed_items
    assert shown.exception is error
    if pipeline.tracker is not None:
        assert pipeline.tracker.get_failed_items()[0].exception is error
        assert pipeline.tracker.get_error_summary().failed_items[0].exception is error


def test_the_traceback_shows_the_users_code_first_and_keeps_the_cause() -> None:
    async def wrap(value: int) -> int:
        try:
            return await refuse_threes(value)
        except Trouble as error:
            raise RuntimeError("wrapped") from error

    pipeline = failing(False, task=wrap)
    results = virtually(pipeline.run([3], include_failures=True))
    error = results[0].error
    assert isinstance(error, RuntimeError)
    assert names_in_traceback(error)[-1] == "wrap"
    assert names_in_traceback(error.__cause__) == ["wrap", "refuse_threes"]


@pytest.mark.parametrize("executor", ["loop", "thread"])
async def test_the_traceback_of_a_thread_shows_the_users_code(executor: Any) -> None:
    def plain(value: int) -> int:
        return value // 0

    task: Any = plain if executor == "loop" else refuse_threes
    pipeline = Pipeline([Stage("Check", 1, [task], task_attempts=1, executor=executor)])
    results = await pipeline.run([3], include_failures=True)
    assert task.__name__ in names_in_traceback(results[0].error)


@with_and_without_tracker
def test_a_failed_item_and_the_summary_tell_the_details(tracked: bool) -> None:
    pipeline = failing(tracked)
    virtually(pipeline.run([*range(14), {"id": "x", "value": 23}, {"id": [], "value": 1}]))
    summary = pipeline.get_error_summary()
    assert summary.total_failed == 4
    assert summary.errors_by_type == {"Trouble": 3, "ValueError": 1}
    assert summary.errors_by_stage == {"Check": 3, "First": 1}

    def told(item: FailedItem) -> tuple[Any, ...]:
        return item.item_id, item.error, item.error_type, item.stage, item.attempts

    found = sorted((told(item) for item in summary.failed_items), key=str)
    assert (3, "no value 3", "Trouble", "Check", 2) in found
    assert ("x", "no value 23", "Trouble", "Check", 2) in found
    if pipeline.tracker is not None:
        assert pipeline.tracker.get_error_summary() == summary


def test_streamed_failures_carry_their_exception() -> None:
    async def main() -> list[PipelineResult]:
        return [result async for result in failing(False).stream(range(5))]

    failed = [result for result in virtually(main()) if not result.is_success]
    assert [(result.id, type(result.error)) for result in failed] == [(3, Trouble)]


async def refuse_all(value: int) -> None:
    raise Trouble(str(value))


@with_and_without_tracker
@pytest.mark.parametrize("runs", [1, 3])
def test_exceptions_are_kept_of_the_newest_1000_and_texts_of_all(tracked: bool, runs: int) -> None:
    tracker = StatusTracker() if tracked else None
    stage = Stage("Check", 1, [refuse_all], task_attempts=1)
    pipeline = Pipeline([stage], status_tracker=tracker)

    async def main() -> None:
        for number in range(runs):
            await pipeline.run(range(number * 1200 // runs, (number + 1) * 1200 // runs))

    virtually(main())
    summaries = [source.get_error_summary() for source in (pipeline, tracker) if source]
    for failures in [summary.failed_items for summary in summaries]:
        assert [item.error for item in failures] == [str(value) for value in range(1200)]
        assert {item.error_type for item in failures} == {"Trouble"}
        assert [item.exception for item in failures[:200]] == [None] * 200
        kept = [item.exception for item in failures[200:]]
        assert [str(error) for error in kept] == [str(value) for value in range(200, 1200)]
        assert all(error is not None and error.__traceback__ for error in kept)


@with_and_without_tracker
def test_what_the_frames_of_older_failures_held_is_let_go(
    tracked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # else pytest keeps what is logged, with the exceptions in it
    monkeypatch.setattr(logging.getLogger("antflow"), "disabled", True)

    class Held:
        """Something big in a frame."""

    held: list[weakref.ref[Held]] = []

    async def hold_and_fail(value: int) -> None:
        something = Held()
        held.append(weakref.ref(something))
        raise Trouble(value)

    tracker = StatusTracker() if tracked else None
    stage = Stage("Check", 1, [hold_and_fail], task_attempts=1)
    pipeline = Pipeline([stage], status_tracker=tracker)
    virtually(pipeline.run(range(1100)))
    gc.collect()
    assert [reference() is not None for reference in held] == [False] * 100 + [True] * 1000


@with_and_without_tracker
def test_a_snapshot_carries_the_counts_and_the_newest_100(tracked: bool) -> None:
    tracker = StatusTracker() if tracked else None
    pipeline = Pipeline([Stage("Check", 1, [refuse_all], task_attempts=1)], True, tracker)
    virtually(pipeline.run(range(250)))
    summary = pipeline.get_dashboard_snapshot().error_summary
    assert (summary.total_failed, summary.errors_by_type) == (250, {"Trouble": 250})
    assert summary.errors_by_stage == {"Check": 250}
    assert [item.item_id for item in summary.failed_items] == list(range(150, 250))


@by_mode
def test_task_events_tell_of_each_attempt(retry: Any) -> None:
    """start for each attempt, then complete, retry (another follows) or fail."""
    told: list[tuple[str, int, str | None]] = []

    def hear(event: Any) -> None:
        told.append((event.event_type, event.attempt, event.error and type(event.error).__name__))

    tracker = hearing(hear)
    stage = Stage("Check", 1, [Flaky(2, Trouble)], retry, 3, 1, 3)
    pipeline = Pipeline([stage, Stage("Last", 1, [refuse_all], retry, 2, 1, 2)], True, tracker)
    virtually(pipeline.run(["a"]))
    assert told == [
        ("start", 1, None), ("retry", 1, "Trouble"), ("start", 2, None), ("retry", 2, "Trouble"),
        ("start", 3, None), ("complete", 3, None),
        ("start", 1, None), ("retry", 1, "Trouble"), ("start", 2, None), ("fail", 2, "Trouble"),
    ]  # fmt: skip


async def test_the_worker_of_a_failure_is_the_one_that_had_it_last() -> None:
    tracker = StatusTracker()
    waiting = asyncio.Event()

    async def fail_with_both(value: int) -> None:
        if value == 1:
            waiting.set()
        await waiting.wait()
        raise Trouble(value)

    stage = Stage("Check", 2, [fail_with_both], task_attempts=1)
    await Pipeline([stage], status_tracker=tracker).run(range(2))
    for item in (0, 1):
        (failed,) = statuses(tracker, item, "failed")
        (started,) = statuses(tracker, item, "in_progress")
        assert failed.worker == started.worker == f"Check-W{item}"
        assert failed.worker_id == item
