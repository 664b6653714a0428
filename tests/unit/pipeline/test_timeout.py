"""`timeout=`: seconds for one attempt of a task."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from antflow import Pipeline, PipelineResult, Stage, StatusTracker, rate_limit
from antflow.testing import run_virtual


async def sleep(seconds: float) -> float:
    await asyncio.sleep(seconds)
    return seconds


def run(items: Any, *tasks: Any, **fields: Any) -> list[PipelineResult]:
    options = {"workers": 1, "task_attempts": 1, "timeout": 10.0, **fields}
    pipeline = Pipeline([Stage("Work", tasks=list(tasks) or [sleep], **options)])
    return run_virtual(pipeline.run(items, include_failures=True))


def test_an_attempt_past_its_timeout_fails_with_a_timeout_error() -> None:
    (result,) = run([11])
    assert isinstance(result.error, TimeoutError)
    assert "'sleep'" in str(result.error)
    assert "10" in str(result.error)


def test_an_attempt_within_its_timeout_is_left_alone() -> None:
    assert [result.value for result in run([9, 1])] == [9, 1]


def test_the_worker_goes_on_with_the_next_item() -> None:
    results = run([100, 1, 100, 2])
    assert [result.error is None for result in results] == [False, True, False, True]


def test_each_task_has_the_whole_timeout() -> None:
    (result,) = run([8], sleep, sleep, sleep)
    assert result.value == 8


@pytest.mark.parametrize("policy", ["per_task", "per_stage"])
def test_each_attempt_has_the_whole_timeout(policy: Any) -> None:
    waits = iter([50, 50, 5])

    async def faster_each_time(value: int) -> int:
        await asyncio.sleep(next(waits))
        return value

    fields = {"retry": policy, "task_attempts": 3, "stage_attempts": 3}
    (result,) = run([1], faster_each_time, **fields)
    assert result.value == 1


def test_a_timeout_is_worth_another_attempt_where_retry_on_says_so() -> None:
    calls: list[int] = []

    async def slow(value: int) -> None:
        calls.append(value)
        await asyncio.sleep(100)

    run([1], slow, task_attempts=3, retry_on=(TimeoutError,))
    run([2], slow, task_attempts=3, retry_on=(ValueError,))
    assert calls == [1, 1, 1, 2]


def test_the_task_is_cancelled_and_may_clean_up() -> None:
    cleaned: list[int] = []

    async def careful(value: int) -> None:
        try:
            await asyncio.sleep(100)
        finally:
            cleaned.append(value)

    (result,) = run([1], careful)
    assert cleaned == [1]
    assert isinstance(result.error, TimeoutError)


def test_a_timeout_error_of_the_tasks_own_keeps_its_text() -> None:
    async def impatient(value: int) -> None:
        raise TimeoutError("the server said so")

    (result,) = run([1], impatient)
    assert str(result.error) == "the server said so"


def test_waiting_for_the_rate_counts_as_part_of_the_call() -> None:
    """The wait of `rate_limit()` is inside the task, and so inside its timeout."""

    async def call(value: int) -> int:
        async with rate_limit():
            return value

    results = run([1, 2], call, workers=2, call_rate=1, call_rate_period=60.0)
    assert [result.error is None for result in results] == [True, False]


def test_waiting_for_the_stages_own_rate_is_no_part_of_it() -> None:
    results = run([1, 1, 1], workers=3, rate="1/m")
    assert [result.value for result in results] == [1, 1, 1]


def test_the_failure_is_recorded_like_any_other() -> None:
    tracker = StatusTracker()
    stage = Stage("Work", 1, [sleep], task_attempts=2, task_wait_seconds=1, timeout=0.5)
    run_virtual(Pipeline([stage], status_tracker=tracker).run([3]))
    events = tracker.get_history(0)
    assert [event.status for event in events] == [
        "queued",
        "in_progress",
        "retrying",
        "in_progress",
        "failed",
    ]
    assert events[-1].metadata["error_type"] == "TimeoutError"
    assert events[-1].metadata["attempts"] == 2
    assert round(events[2].timestamp - events[1].timestamp, 3) == 0.5
