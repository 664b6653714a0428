"""`revoke`: ending an item wherever it is."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from antflow import Pipeline, Stage, StatusTracker, rate_limit
from antflow.testing import Flaky, Gate, Recording, run_virtual, settle, until


async def same(value: Any) -> Any:
    return value


def one_stage(*tasks: Any, tracker: StatusTracker | None = None, **fields: Any) -> Pipeline:
    options = {"workers": 1, "task_attempts": 1, **fields}
    stage = Stage("Work", tasks=list(tasks) or [same], **options)
    return Pipeline([stage], status_tracker=tracker)


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


async def test_a_task_may_revoke_its_own_item() -> None:
    async def give_up(value: int) -> int:
        if value == 1:
            assert pipeline.revoke(value)
        return value

    pipeline = one_stage(give_up)
    results = await pipeline.run([0, 1, 2])
    assert [result.id for result in results] == [0, 2]
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
