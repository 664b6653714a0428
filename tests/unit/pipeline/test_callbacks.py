"""A stage's callbacks: when they are called, with what, and that their errors change nothing."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from antflow import Pipeline, PipelineResult, Stage, StatusTracker
from antflow.testing import Flaky, settle, until

ITEM = {"id": "x", "value": 3, "user": "me"}
BOTH = pytest.mark.parametrize("kind", ["sync", "async"])


async def double(value: int) -> int:
    return 2 * value


async def fail(value: int) -> int:
    raise ValueError(f"no {value}")


class Called:
    """Makes callbacks, sync or async, that keep their arguments."""

    def __init__(self, kind: str) -> None:
        self.calls: list[tuple[Any, Any, Any]] = []
        self.callback = self._sync if kind == "sync" else self._async

    def _sync(self, *args: Any) -> None:
        self.calls.append(args)

    async def _async(self, *args: Any) -> None:
        await asyncio.sleep(0)
        self._sync(*args)


async def run(*items: Any, task: Any = double, **fields: Any) -> list[PipelineResult]:
    stage = Stage("Work", tasks=[task], **{"workers": 1, "task_attempts": 1, **fields})
    return await Pipeline([stage]).run(items, include_failures=True)


# -- on_success --------------------------------------------------------------------------------


@BOTH
async def test_on_success_gets_the_id_the_result_and_what_entered(kind: str) -> None:
    called = Called(kind)
    await run(ITEM, on_success=called.callback)
    assert called.calls == [("x", 6, {"id": "x", "value": 3, "user": "me"})]


async def test_on_success_comes_once_for_each_item_that_completed_the_stage() -> None:
    called = Called("sync")
    flaky = Flaky(failures=1)
    await run(
        "a", "b", task=flaky, task_attempts=2, task_wait_seconds=0, on_success=called.callback
    )
    assert sorted(call[0] for call in called.calls) == [0, 1]


async def test_on_success_tells_what_entered_its_own_stage() -> None:
    called = Called("sync")
    stages = [Stage("A", 1, [double]), Stage("B", 1, [double], on_success=called.callback)]
    await Pipeline(stages).run([1])
    assert called.calls == [(0, 4, {"id": 0, "value": 2})]


async def test_failures_and_skips_are_no_success() -> None:
    called = Called("sync")
    await run(1, task=fail, on_success=called.callback)
    await run(1, skip_if=lambda value: True, on_success=called.callback)
    assert called.calls == []


# -- on_failure --------------------------------------------------------------------------------


@BOTH
async def test_on_failure_gets_the_id_the_tasks_own_exception_and_what_entered(kind: str) -> None:
    called = Called(kind)
    (result,) = await run(ITEM, task=fail, on_failure=called.callback)
    ((item_id, error, payload),) = called.calls
    assert (item_id, payload) == ("x", {"id": "x", "value": 3, "user": "me"})
    assert error is result.error
    assert str(error) == "no 3"


async def test_on_failure_comes_once_after_the_last_attempt() -> None:
    called = Called("sync")
    flaky = Flaky(failures=9)
    await run(1, task=flaky, task_attempts=3, task_wait_seconds=0, on_failure=called.callback)
    assert (len(called.calls), flaky.calls) == (1, {1: 3})


async def test_on_failure_belongs_to_its_own_stage() -> None:
    first, second = Called("sync"), Called("sync")
    stages = [
        Stage("A", 1, [fail], task_attempts=1, on_failure=first.callback),
        Stage("B", 1, [double], on_failure=second.callback),
    ]
    await Pipeline(stages).run([1])
    assert (len(first.calls), len(second.calls)) == (1, 0)


# -- skip_if and on_skip -----------------------------------------------------------------------


def sync_skip(value: int) -> bool:
    return value > 1


async def async_skip(value: int) -> bool:
    await asyncio.sleep(0)
    return value > 1


@pytest.mark.parametrize("skip_if", [sync_skip, async_skip])
async def test_a_skipped_value_passes_on_unchanged(skip_if: Any) -> None:
    results = await run(1, 2, 3, skip_if=skip_if)
    assert [result.value for result in results] == [2, 2, 3]
    assert all(result.is_success for result in results)


@BOTH
async def test_on_skip_gets_the_id_the_value_and_the_payload(kind: str) -> None:
    called = Called(kind)
    await run(ITEM, skip_if=lambda value: True, on_skip=called.callback)
    assert called.calls == [("x", 3, {"id": "x", "value": 3, "user": "me"})]


async def test_an_item_skipped_by_one_stage_is_worked_on_by_the_next() -> None:
    stages = [Stage("A", 1, [double], skip_if=sync_skip), Stage("B", 1, [double])]
    assert [result.value for result in await Pipeline(stages).run([1, 5])] == [4, 10]


async def test_skip_if_is_asked_once_however_often_the_item_is_tried() -> None:
    asked: list[int] = []

    def never(value: int) -> bool:
        asked.append(value)
        return False

    await run(1, task=Flaky(failures=2), task_attempts=3, task_wait_seconds=0, skip_if=never)
    assert asked == [1]


async def test_any_true_answer_skips() -> None:
    (result,) = await run(1, skip_if=lambda value: "yes")
    assert result.value == 1


@pytest.mark.parametrize("error", [ValueError("oops"), asyncio.CancelledError()])
async def test_an_exception_in_skip_if_means_not_skipped_with_a_warning(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(value: int) -> bool:
        raise error

    results = await run(1, 2, skip_if=broken)
    assert [result.value for result in results] == [2, 4]
    warnings = [record for record in caplog.records if "skip_if" in record.getMessage()]
    assert [record.levelno for record in warnings] == [logging.WARNING]
    assert "not skipped" in warnings[0].getMessage()


async def test_skips_count_as_completed_in_the_stage_and_processed_in_the_pipeline() -> None:
    tracker = StatusTracker()
    stages = [Stage("A", 1, [double], skip_if=sync_skip), Stage("B", 1, [double])]
    pipeline = Pipeline(stages, status_tracker=tracker)
    await pipeline.run([1, 5])
    stats = pipeline.get_stats()
    assert (stats.items_processed, stats.items_skipped) == (2, 1)
    assert stats.stage_stats["A"].completed_items == 2
    statuses = [(event.stage, event.status) for event in tracker.get_history(1)]
    assert statuses == [
        ("A", "queued"),
        ("A", "skipped"),
        ("B", "queued"),
        ("B", "in_progress"),
        ("B", "completed"),
    ]
    assert tracker.get_history(1)[1].worker == "A-W0"


async def test_an_item_skipped_by_two_stages_counts_once() -> None:
    stages = [Stage(name, 1, [double], skip_if=lambda value: True) for name in "AB"]
    pipeline = Pipeline(stages)
    await pipeline.run([1])
    assert pipeline.get_stats().items_skipped == 1


# -- errors in callbacks -----------------------------------------------------------------------

RAISED = [
    RuntimeError("in the callback"),
    asyncio.CancelledError("in the callback"),
    SystemExit("in the callback"),
]


@BOTH
@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("name", ["on_success", "on_failure", "on_skip"])
async def test_a_callback_that_raises_is_logged_and_changes_nothing(
    name: str, error: BaseException, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: Any) -> None:
        raise error

    async def broken_async(*args: Any) -> None:
        raise error

    callback = {name: broken if kind == "sync" else broken_async}
    task = fail if name == "on_failure" else double
    skip_if = (lambda value: True) if name == "on_skip" else None
    results = await run(1, 2, 3, task=task, skip_if=skip_if, **callback)
    assert len(results) == 3
    assert all(result.is_success is (name != "on_failure") for result in results)
    logged = [record for record in caplog.records if "callback" in record.getMessage()]
    assert [record.levelno for record in logged] == [logging.ERROR]
    assert type(error).__name__ in logged[0].getMessage()


async def test_a_payload_is_the_callbacks_own() -> None:
    """What it changes there does not reach the item."""

    def change(item_id: Any, value: Any, payload: dict[str, Any]) -> None:
        payload.clear()
        payload["user"] = "you"

    (result,) = await run(ITEM, on_success=change)
    assert (result.id, result.value, result.metadata) == ("x", 6, {"user": "me"})


async def test_the_item_goes_on_when_its_async_callback_has_ended() -> None:
    let_go = asyncio.Event()

    async def slow(*args: Any) -> None:
        await let_go.wait()

    stages = [Stage("A", 1, [double], on_success=slow), Stage("B", 1, [double])]
    pipeline = Pipeline(stages)
    task = asyncio.create_task(pipeline.run([1]))
    await until(lambda: pipeline.get_worker_states()["A-W0"].waiting_for == "callback")
    await settle()
    before = pipeline.get_stats().stage_stats["B"].completed_items
    let_go.set()
    assert [result.value for result in await task] == [4]
    assert before == 0


async def test_the_time_in_a_callback_is_not_the_tasks_time() -> None:
    ticks = 0

    async def slow(*args: Any) -> None:
        nonlocal ticks
        for _ in range(100):
            await asyncio.sleep(0)
            ticks += 1

    pipeline = Pipeline([Stage("A", 1, [double], on_success=slow)])
    await pipeline.run([1])
    metrics = pipeline.get_worker_metrics()["A-W0"]
    assert ticks == 100
    assert metrics.items_processed == 1
