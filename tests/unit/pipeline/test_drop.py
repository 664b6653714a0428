"""Returning `DROP` filters an item out."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

import antflow
from antflow import DROP, Pipeline, Stage, StatusTracker
from antflow.testing import Recording


async def odd_only(value: int) -> Any:
    return value if value % 2 else DROP


async def double(value: int) -> int:
    return 2 * value


def thread_odd_only(value: int) -> Any:
    return value if value % 2 else DROP


TASKS: list[list[Any]] = [
    [odd_only],
    [odd_only, double],
    [double, lambda value: value // 2, odd_only],
    [thread_odd_only],
]


@pytest.mark.parametrize("retry", ["per_task", "per_stage"])
@pytest.mark.parametrize("tasks", TASKS)
async def test_a_dropped_item_has_no_result(tasks: list[Any], retry: Any) -> None:
    pipeline = Pipeline([Stage("Filter", 2, tasks, retry=retry)])
    results = await pipeline.run(range(6), include_failures=True)
    assert [result.id for result in results] == [1, 3, 5]


async def test_the_tasks_and_stages_after_it_never_see_it() -> None:
    seen: list[int] = []

    async def note(value: int) -> int:
        seen.append(value)
        return value

    await Pipeline([Stage("A", 1, [odd_only, note]), Stage("B", 1, [note])]).run(range(4))
    assert sorted(seen) == [1, 1, 3, 3]


async def test_it_counts_as_dropped_and_neither_as_processed_nor_as_failed() -> None:
    pipeline = Pipeline([Stage("Filter", 2, [odd_only])])
    await pipeline.run(range(5))
    stats = pipeline.get_stats()
    assert (stats.items_fed, stats.items_processed, stats.items_dropped) == (5, 2, 3)
    assert (stats.items_failed, stats.items_cancelled, stats.items_in_flight) == (0, 0, 0)


async def test_a_worker_that_drops_has_neither_processed_nor_failed_the_item() -> None:
    pipeline = Pipeline([Stage("Filter", 1, [odd_only])])
    await pipeline.run([2])
    metrics = pipeline.get_worker_metrics()["Filter-W0"]
    assert (metrics.items_processed, metrics.items_failed) == (0, 0)
    assert metrics.last_active is not None


async def test_a_stream_passes_it_over() -> None:
    pipeline = Pipeline([Stage("Filter", 2, [odd_only])])
    assert sorted([result.value async for result in pipeline.stream(range(6))]) == [1, 3, 5]


async def test_its_history_ends_with_dropped_and_the_worker() -> None:
    recording = Recording()
    tracker = StatusTracker(on_status_change=recording)
    pipeline = Pipeline([Stage("Filter", 1, [odd_only]), Stage("B", 1, [double])], True, tracker)
    await pipeline.run([2])
    events = tracker.get_history(0)
    assert [event.status for event in events] == ["queued", "in_progress", "dropped"]
    assert (events[-1].stage, events[-1].worker) == ("Filter", "Filter-W0")
    assert recording.statuses(0) == ["queued", "in_progress", "dropped"]
    assert tracker.get_stats()["dropped"] == 1
    assert [event.item_id for event in tracker.get_by_status("dropped")] == [0]


async def test_on_success_is_not_called_for_it() -> None:
    called: list[Any] = []
    stage = Stage("Filter", 1, [odd_only], on_success=lambda *args: called.append(args[0]))
    await Pipeline([stage]).run(range(4))
    assert called == [1, 3]


async def test_an_item_may_be_dropped_at_a_later_attempt() -> None:
    calls: list[int] = []

    async def first_fails(value: int) -> Any:
        calls.append(value)
        if len(calls) == 1:
            raise ValueError("once")
        return DROP

    stage = Stage("Filter", 1, [first_fails], task_wait_seconds=0)
    pipeline = Pipeline([stage])
    assert await pipeline.run([1]) == []
    assert pipeline.get_stats().items_dropped == 1


async def test_an_attempt_after_a_drop_starts_at_the_first_task() -> None:
    """What a drop in a middle task leaves behind does not reach the next item."""
    seen: list[str] = []

    async def first(value: int) -> int:
        seen.append(f"first {value}")
        return value

    await Pipeline([Stage("Filter", 1, [first, odd_only, double])]).run([2, 3])
    assert seen == ["first 2", "first 3"]


def test_there_is_one_drop() -> None:
    assert pickle.loads(pickle.dumps(DROP)) is DROP
    assert copy.copy(DROP) is DROP
    assert copy.deepcopy(DROP) is DROP
    assert repr(DROP) == "antflow.DROP"
    assert antflow.DROP is DROP


@pytest.mark.parametrize("value", [None, False, 0, "", [], ()])
async def test_other_empty_values_are_values(value: Any) -> None:
    async def give(_: Any) -> Any:
        return value

    (result,) = await Pipeline([Stage("Give", 1, [give])]).run([1])
    assert result.value == value
