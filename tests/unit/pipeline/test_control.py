"""Steering a pipeline: pause, resume, revoke, retry_failed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from antflow import Pipeline, PipelineError, Stage, StatusTracker, rate_limit
from antflow.testing import Flaky, Gate, Recording, run_virtual, settle, until


async def same(value: Any) -> Any:
    return value


def one_stage(*tasks: Any, tracker: StatusTracker | None = None, **fields: Any) -> Pipeline:
    options = {"workers": 1, "task_attempts": 1, **fields}
    stage = Stage("Work", tasks=list(tasks) or [same], **options)
    return Pipeline([stage], status_tracker=tracker)


# -- pause and resume --------------------------------------------------------------------------


async def test_a_paused_stage_takes_nothing_new() -> None:
    pipeline = Pipeline([Stage("A", 2, [same]), Stage("B", 2, [same])])
    pipeline.pause("B")
    run = asyncio.create_task(pipeline.run(range(5)))
    await settle()
    stats = pipeline.get_stats()
    pipeline.resume("B")
    assert len(await run) == 5
    assert stats.stage_stats["A"].completed_items == 5
    assert (stats.queue_sizes["B"], stats.stage_stats["B"].completed_items) == (5, 0)


async def test_running_tasks_go_on_in_a_paused_stage() -> None:
    gate = Gate()
    pipeline = one_stage(gate)
    run = asyncio.create_task(pipeline.run([1, 2]))
    await settle()
    pipeline.pause("Work")
    gate.open()
    await until(lambda: pipeline.get_stats().items_processed == 1)
    await settle()
    assert pipeline.get_stats().queue_sizes["Work"] == 1
    pipeline.resume("Work")
    assert len(await run) == 2


async def test_without_a_name_all_stages_are_meant() -> None:
    pipeline = Pipeline([Stage("A", 1, [same]), Stage("B", 1, [same])])
    pipeline.pause()
    assert pipeline.paused == {"A", "B"}
    pipeline.resume()
    assert pipeline.paused == frozenset()


async def test_a_pause_before_the_start_holds_from_the_start_on() -> None:
    pipeline = one_stage()
    pipeline.pause("Work")
    await pipeline.start()
    await pipeline.feed([1])
    await settle()
    before = pipeline.get_stats().items_processed
    pipeline.resume("Work")
    await pipeline.join()
    await pipeline.shutdown()
    assert (before, pipeline.get_stats().items_processed) == (0, 1)


async def test_a_pause_outlasts_a_shutdown() -> None:
    pipeline = one_stage()
    await pipeline.start()
    pipeline.pause("Work")
    await pipeline.shutdown()
    assert pipeline.paused == {"Work"}


async def test_pausing_and_resuming_twice_changes_nothing() -> None:
    pipeline = one_stage()
    await pipeline.start()
    for _ in range(2):
        pipeline.pause("Work")
    await pipeline.feed([1, 2])
    for _ in range(2):
        pipeline.resume("Work")
    await pipeline.join()
    await pipeline.shutdown()
    assert len(pipeline.results) == 2


def test_an_item_between_two_attempts_waits_out_the_pause() -> None:
    flaky = Flaky(failures=1)

    async def main() -> tuple[int, int]:
        pipeline = one_stage(flaky, task_attempts=2, task_wait_seconds=5)
        run = asyncio.create_task(pipeline.run(["x"]))
        await asyncio.sleep(1)
        pipeline.pause("Work")
        await asyncio.sleep(100)
        calls = flaky.calls["x"]
        pipeline.resume("Work")
        return calls, len(await run)

    assert run_virtual(main()) == (1, 1)


@pytest.mark.parametrize("verb", ["pause", "resume", "pool_grow", "pool_shrink"])
def test_an_unknown_stage_is_named_with_the_stages_there_are(verb: str) -> None:
    with pytest.raises(ValueError, match="Stage 'Nowhere' not found in pipeline; it has 'Work'"):
        getattr(one_stage(), verb)("Nowhere")


# -- revoke ------------------------------------------------------------------------------------


async def test_a_queued_item_is_revoked() -> None:
    gate, recording = Gate(), Recording()
    pipeline = one_stage(gate, tracker=StatusTracker(on_status_change=recording))
    run = asyncio.create_task(pipeline.run(range(3)))
    await settle()
    assert pipeline.revoke(1) is True
    gate.open()
    assert [result.id for result in await run] == [0, 2]
    assert pipeline.get_stats().items_cancelled == 1
    assert recording.statuses(1) == ["queued", "cancelled"]


async def test_a_running_item_is_revoked_and_its_worker_goes_on() -> None:
    gate, recording = Gate(), Recording()
    pipeline = one_stage(gate, tracker=StatusTracker(on_status_change=recording))
    run = asyncio.create_task(pipeline.run(range(3)))
    await until(lambda: gate.held == [0])
    assert pipeline.revoke(0) is True
    await until(lambda: gate.held == [1])
    gate.open()
    assert [result.id for result in await run] == [1, 2]
    assert recording.statuses(0) == ["queued", "in_progress", "cancelled"]
    stats = pipeline.get_stats()
    assert (stats.items_cancelled, stats.items_failed) == (1, 0)


def test_an_item_between_two_attempts_is_revoked() -> None:
    recording = Recording()

    async def main() -> list[Any]:
        tracker = StatusTracker(on_status_change=recording)
        pipeline = one_stage(
            Flaky(failures=9), tracker=tracker, task_attempts=9, task_wait_seconds=1000
        )
        run = asyncio.create_task(pipeline.run(["x"]))
        await asyncio.sleep(1)
        assert pipeline.revoke(0) is True
        return await run

    assert run_virtual(main()) == []
    assert recording.statuses(0) == ["queued", "in_progress", "retrying", "cancelled"]


async def test_an_item_that_waits_for_room_is_revoked() -> None:
    """Its worker and the items behind it go on."""
    gate = Gate()
    stages = [Stage("A", 1, [same]), Stage("B", 1, [gate], queue_capacity=1)]
    pipeline = Pipeline(stages)
    run = asyncio.create_task(pipeline.run(range(10)))
    await settle()
    assert pipeline.get_worker_states()["A-W0"].waiting_for == "room"
    assert pipeline.revoke(2) is True
    gate.open()
    assert [result.id for result in await run] == [0, 1, 3, 4, 5, 6, 7, 8, 9]


async def test_an_item_in_a_feeders_hands_is_revoked() -> None:
    gate = Gate()
    pipeline = one_stage(gate, queue_capacity=1)
    run = asyncio.create_task(pipeline.run(range(5)))
    await settle()
    assert pipeline.get_stats().items_fed == 3
    assert pipeline.revoke(2) is True
    gate.open()
    assert [result.id for result in await run] == [0, 1, 3, 4]


def test_an_item_that_waits_for_a_rate_is_revoked() -> None:
    async def call(value: int) -> int:
        async with rate_limit():
            return value

    async def main() -> list[Any]:
        pipeline = one_stage(call, call_rate=1, call_rate_period=1000.0)
        run = asyncio.create_task(pipeline.run([0, 1]))
        await asyncio.sleep(1)
        assert pipeline.revoke(1)
        return [result.id for result in await run]

    assert run_virtual(main()) == [0]


async def test_all_items_of_one_id_are_revoked() -> None:
    gate = Gate()
    pipeline = one_stage(gate)
    items = [{"id": "x", "value": 1}, {"id": "y", "value": 2}, {"id": "x", "value": 3}]
    run = asyncio.create_task(pipeline.run(items))
    await until(lambda: gate.held == [1])
    pipeline.revoke("x")
    gate.open()
    assert [result.id for result in await run] == ["y"]
    assert pipeline.get_stats().items_cancelled == 2


async def test_a_task_that_swallows_its_revocation_is_revoked_all_the_same() -> None:
    gate = Gate()

    async def stubborn(value: int) -> int:
        try:
            await gate(value)
        except asyncio.CancelledError:
            raise ValueError("I will not go") from None
        return value

    pipeline = one_stage(stubborn, task_attempts=5, task_wait_seconds=0)
    run = asyncio.create_task(pipeline.run([0]))
    await until(lambda: gate.held == [0])
    pipeline.revoke(0)
    assert await run == []
    assert pipeline.get_stats().items_cancelled == 1


@pytest.mark.parametrize("running", [False, True])
async def test_an_unknown_id_is_not_revoked(running: bool) -> None:
    pipeline = one_stage()
    if running:
        await pipeline.start()
    assert pipeline.revoke("nobody") is False
    await pipeline.shutdown()


async def test_an_item_with_its_outcome_is_not_revoked() -> None:
    pipeline = one_stage()
    async with pipeline:
        await pipeline.start()
        await pipeline.feed([1])
        await pipeline.join()
        assert pipeline.revoke(0) is False
    assert pipeline.get_stats().items_cancelled == 0


# -- retry_failed ------------------------------------------------------------------------------


async def two_failing_stages() -> Pipeline:
    """Items 0 and 1 failed in A, 2 and 3 in B; another attempt of any of them succeeds."""

    async def first(value: int) -> int:
        if value < 2 and value not in tried:
            tried.add(value)
            raise ValueError("in A")
        return value

    async def second(value: int) -> int:
        if value not in tried:
            tried.add(value)
            raise ValueError("in B")
        return value * 10

    tried: set[int] = set()
    stages = [Stage("A", 1, [first], task_attempts=1), Stage("B", 1, [second], task_attempts=1)]
    pipeline = Pipeline(stages)
    await pipeline.start()
    await pipeline.feed(range(4))
    await pipeline.join()
    assert pipeline.results == []
    return pipeline


@pytest.mark.parametrize(
    ("ids", "stage", "expected"),
    [
        (None, None, [0, 1, 2, 3]),
        ([1, 2], None, [1, 2]),
        ({3}, None, [3]),
        (None, "B", [2, 3]),
        ([0, 2], "B", [2]),
        ([], None, []),
        (["nobody"], None, []),
    ],
)
async def test_failed_items_are_fed_again(ids: Any, stage: str | None, expected: list[int]) -> None:
    async with await two_failing_stages() as pipeline:
        assert await pipeline.retry_failed(ids, stage=stage) == len(expected)
        await pipeline.join()
        found = {result.id: result.value for result in pipeline.results}
    assert found == {number: number * 10 for number in expected}


async def test_each_goes_on_where_it_failed() -> None:
    async with await two_failing_stages() as pipeline:
        before = pipeline.get_stats().stage_stats["A"].completed_items
        await pipeline.retry_failed(stage="B")
        await pipeline.join()
        assert pipeline.get_stats().stage_stats["A"].completed_items == before


async def test_each_failure_is_fed_again_once() -> None:
    async with await two_failing_stages() as pipeline:
        assert [await pipeline.retry_failed() for _ in range(2)] == [4, 0]


async def test_what_fails_again_can_be_retried_again() -> None:
    flaky = Flaky(failures=2)
    async with one_stage(flaky) as pipeline:
        await pipeline.start()
        await pipeline.feed(["x"])
        await pipeline.join()
        for _ in range(2):
            assert await pipeline.retry_failed() == 1
            await pipeline.join()
        assert [result.value for result in pipeline.results] == ["x"]
    assert flaky.calls == {"x": 3}


async def test_the_counts_of_what_failed_stay() -> None:
    async with await two_failing_stages() as pipeline:
        await pipeline.retry_failed()
        await pipeline.join()
        stats = pipeline.get_stats()
    assert (stats.items_fed, stats.items_failed, stats.items_processed) == (8, 4, 4)
    assert pipeline.get_error_summary().total_failed == 4


async def test_failures_of_an_earlier_run_can_be_retried_after_a_start() -> None:
    pipeline = one_stage(Flaky(failures=1))
    await pipeline.run([{"id": "x", "value": 1, "user": "me"}])
    await pipeline.start()
    await pipeline.retry_failed()
    await pipeline.join()
    await pipeline.shutdown()
    (result,) = pipeline.results
    assert (result.id, result.metadata) == ("x", {"user": "me"})


async def test_retrying_needs_a_started_pipeline() -> None:
    with pytest.raises(PipelineError, match=r"call start\(\)"):
        await one_stage().retry_failed()


async def test_retrying_an_unknown_stage_is_a_value_error_first() -> None:
    with pytest.raises(ValueError, match="'Nowhere' not found"):
        await one_stage().retry_failed(stage="Nowhere")
