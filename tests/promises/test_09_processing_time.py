"""Promise 9: processing time is the task's time.

Waiting for a full next queue, for a rate limit or for a retry is counted apart.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from evidence import now, same, virtually

from antflow import Pipeline, Stage, StatusTracker, concurrency_limit, rate_limit
from antflow.testing import Flaky


def takes(seconds: float) -> Callable[[Any], Any]:
    async def work(value: Any) -> Any:
        await asyncio.sleep(seconds)
        return value

    return work


def seconds_in_tasks(pipeline: Pipeline, stage: str = "Work") -> float:
    metrics = pipeline.get_worker_metrics().values()
    return round(sum(m.total_processing_time for m in metrics if m.stage == stage), 6)


def run(stages: list[Stage], items: int, tracked: bool = False) -> Pipeline:
    pipeline = Pipeline(stages, status_tracker=StatusTracker() if tracked else None)
    virtually(pipeline.run(range(items)))
    return pipeline


with_and_without_tracker = pytest.mark.parametrize("tracked", [False, True])
by_mode = pytest.mark.parametrize("retry", ["per_task", "per_stage"])


@with_and_without_tracker
@pytest.mark.parametrize("tasks", [1, 3])
@pytest.mark.parametrize("workers", [1, 4])
def test_the_processing_time_is_the_tasks_time(workers: int, tasks: int, tracked: bool) -> None:
    pipeline = run([Stage("Work", workers, [takes(2)] * tasks)], 12, tracked)
    assert seconds_in_tasks(pipeline) == 12 * 2 * tasks
    averages = [m.avg_processing_time for m in pipeline.get_worker_metrics().values()]
    assert averages == pytest.approx([2 * tasks] * workers)


@with_and_without_tracker
@pytest.mark.parametrize("pull", [False, True])
def test_waiting_for_a_full_next_queue_is_counted_apart(pull: bool, tracked: bool) -> None:
    full: dict[str, Any] = {"pull": True} if pull else {"queue_capacity": 1}
    stages = [Stage("Work", 2, [takes(0.1)]), Stage("Slow", 1, [takes(10)], **full)]
    pipeline = run(stages, 20, tracked)
    assert seconds_in_tasks(pipeline) == 2
    assert seconds_in_tasks(pipeline, "Slow") == 200


@with_and_without_tracker
def test_waiting_for_a_streams_consumer_is_counted_apart(tracked: bool) -> None:
    tracker = StatusTracker() if tracked else None
    pipeline = Pipeline([Stage("Work", 2, [takes(0.5)])], status_tracker=tracker)

    async def main() -> None:
        async for _ in pipeline.stream(range(10), buffer_size=0):
            await asyncio.sleep(100)

    virtually(main())
    assert seconds_in_tasks(pipeline) == 5


async def call_at_a_rate(value: Any) -> Any:
    await asyncio.sleep(0.25)
    async with rate_limit():
        await asyncio.sleep(0.5)
    return value


async def call_one_at_a_time(value: Any) -> Any:
    await asyncio.sleep(0.25)
    async with concurrency_limit():
        await asyncio.sleep(0.5)
    return value


async def call_twice(value: Any) -> Any:
    """Its first wait ends when the task's own time goes on; the second is a wait again."""
    async with rate_limit():
        await asyncio.sleep(0.5)
    async with rate_limit():
        await asyncio.sleep(0.25)
    return value


LIMITS: dict[str, Stage] = {
    "rate": Stage("Work", 5, [takes(0.75)], rate="1/10s"),
    "rate, two tasks": Stage("Work", 5, [takes(0.25), takes(0.5)], rate="2/10s"),
    "rate_limit()": Stage("Work", 5, [call_at_a_rate], call_rate=1, call_rate_period=10),
    "rate_limit() twice": Stage("Work", 5, [call_twice], call_rate=2, call_rate_period=20),
    "concurrency_limit()": Stage("Work", 5, [call_one_at_a_time], call_concurrency=1),
    "task limit": Stage("Work", 5, [takes(0.75)], task_concurrency_limits={"work": 1}),
}


@with_and_without_tracker
@pytest.mark.parametrize("limit", LIMITS)
def test_waiting_for_a_limit_is_counted_apart(limit: str, tracked: bool) -> None:
    pipeline = run([LIMITS[limit]], 12, tracked)
    assert seconds_in_tasks(pipeline) == 12 * 0.75


@by_mode
@with_and_without_tracker
@pytest.mark.parametrize("capacity", [1, 50])
def test_waiting_for_a_retry_is_counted_apart(retry: Any, tracked: bool, capacity: int) -> None:
    """Also where the worker itself has to wait; each attempt counts."""
    flaky = Flaky(2)

    async def work(value: int) -> int:
        await asyncio.sleep(0.5)
        return int(await flaky(value))

    stage = Stage("Work", 2, [work], retry, 3, 100, 3, stage_wait_seconds=100)
    stage.queue_capacity = capacity
    pipeline = run([stage], 10, tracked)
    assert seconds_in_tasks(pipeline) == 10 * 3 * 0.5


@by_mode
def test_the_time_of_failed_attempts_is_the_tasks_time(retry: Any) -> None:
    async def fail(_: int) -> None:
        await asyncio.sleep(2)
        raise ValueError

    stage = Stage("Work", 1, [fail], retry, 3, 50, 3, stage_wait_seconds=50)
    pipeline = run([stage], 2)
    assert seconds_in_tasks(pipeline) == 12
    (metrics,) = pipeline.get_worker_metrics().values()
    assert (metrics.items_failed, metrics.avg_processing_time) == (2, 6)


def test_a_wait_for_the_rate_that_is_cancelled_is_counted_apart() -> None:
    async def main() -> None:
        pipeline = Pipeline([Stage("Work", 2, [takes(1)], rate="1/h")])
        running = asyncio.create_task(pipeline.run(range(2)))
        await asyncio.sleep(50)
        assert pipeline.revoke(1)
        await running
        assert seconds_in_tasks(pipeline) == 1

    virtually(main())


@with_and_without_tracker
@pytest.mark.parametrize("callback", ["on_success", "on_failure", "on_skip", "skip_if"])
def test_the_time_of_callbacks_is_not_the_tasks_time(callback: str, tracked: bool) -> None:
    async def slow(*_: Any) -> bool:
        await asyncio.sleep(100)
        return False

    async def work(value: int) -> int:
        await asyncio.sleep(1)
        if callback == "on_failure" and value % 2:
            raise ValueError
        return value

    fields: dict[str, Any] = {callback: slow}
    if callback == "on_skip":
        fields["skip_if"] = lambda value: value % 2
    pipeline = run([Stage("Work", 2, [work], task_attempts=1, **fields)], 8, tracked)
    assert seconds_in_tasks(pipeline) == (4 if callback == "on_skip" else 8)


@pytest.mark.parametrize("callback", ["on_success", "skip_if"])
def test_an_event_has_the_time_of_its_happening_whatever_callbacks_take(callback: str) -> None:
    """A worker's next item begins when its callback has ended, not before."""
    delays: list[float] = []
    starts: list[float] = []

    async def slow(*_: Any) -> bool:
        await asyncio.sleep(100)
        return False

    async def work(value: int) -> int:
        starts.append(now())
        await asyncio.sleep(1)
        return value

    async def main() -> None:
        epoch = time.time() - now()
        tracker = StatusTracker()
        tracker.subscribe(lambda event: delays.append(now() + epoch - event.timestamp))
        fields: dict[str, Any] = {callback: slow}
        pipeline = Pipeline([Stage("Work", 2, [work], **fields)], status_tracker=tracker)
        await pipeline.run(range(8))
        stamps = [tracker.get_history(item)[1].timestamp - epoch for item in range(8)]
        assert sorted(stamps) == pytest.approx(sorted(starts), abs=0.05)

    virtually(main())
    assert delays == pytest.approx([0] * 24, abs=0.05)


@pytest.mark.parametrize(
    ("stage", "reason"),
    [
        (Stage("Work", 1, [same], rate="1/h"), "rate"),
        (Stage("Work", 1, [call_at_a_rate], call_rate=1, call_rate_period=3600), "rate"),
        (Stage("Work", 1, [Flaky(99)], task_wait_seconds=1000, queue_capacity=1), "retry"),
        (Stage("Work", 1, [same], queue_capacity=1), "room"),
    ],
    ids=["rate", "rate_limit()", "retry", "room"],
)
def test_what_a_worker_waits_for_is_shown(stage: Stage, reason: str) -> None:
    async def main() -> None:
        last = Stage("Last", 1, [takes(5000)], queue_capacity=1)
        pipeline = Pipeline([stage, last])
        running = asyncio.create_task(pipeline.run(range(9)))
        await asyncio.sleep(10)
        state = pipeline.get_worker_states()["Work-W0"]
        assert (state.status, state.waiting_for) == ("busy", reason)
        assert seconds_in_tasks(pipeline) <= 1
        running.cancel()
        await asyncio.wait([running])

    virtually(main())
