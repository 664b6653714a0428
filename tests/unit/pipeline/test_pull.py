"""`pull=True`: an item is handed to a worker that is free; nothing waits before the stage."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from antflow import Pipeline, Stage
from antflow.testing import Flaky, Gate, run_virtual, settle


async def same(value: Any) -> Any:
    return value


def pulling(gate: Any, workers: int = 1, makers: int = 1, **fields: Any) -> Pipeline:
    stages = [
        Stage("Make", makers, [same], queue_capacity=5),
        Stage("Use", workers, [gate], pull=True, **{"task_attempts": 1, **fields}),
    ]
    return Pipeline(stages)


async def test_nothing_waits_between_the_stages() -> None:
    gate = Gate()
    pipeline = pulling(gate)
    run = asyncio.create_task(pipeline.run(range(50)))
    await settle()
    waiting = pipeline.get_stats().queue_sizes["Use"]
    states = pipeline.get_worker_states()
    gate.open()
    assert len(await run) == 50
    assert waiting == 0
    assert (states["Make-W0"].status, states["Make-W0"].waiting_for) == ("busy", "room")
    assert states["Use-W0"].current_item_id == 0


async def test_as_many_are_in_the_stage_as_it_has_workers() -> None:
    gate = Gate()
    pipeline = pulling(gate, workers=3, makers=10)
    run = asyncio.create_task(pipeline.run(range(50)))
    await settle()
    held = len(gate.held)
    ahead = pipeline.get_stats().stage_stats["Make"].completed_items
    gate.open()
    await run
    assert (held, gate.most) == (3, 3)
    assert ahead == 13  # three in the stage, and one in each maker's hands


@pytest.mark.parametrize(("workers", "makers"), [(1, 1), (1, 8), (8, 1), (5, 5)])
async def test_every_item_passes(workers: int, makers: int) -> None:
    results = await pulling(same, workers, makers).run(range(300))
    assert [result.value for result in results] == list(range(300))


async def test_several_pull_stages_in_a_row() -> None:
    stages = [Stage("A", 2, [same])]
    stages += [Stage(name, 2, [same], pull=True) for name in "BCD"]
    assert len(await Pipeline(stages).run(range(100))) == 100


def test_failures_and_retries_pass_through_a_pull_stage() -> None:
    flaky = Flaky(failures=1)
    pipeline = pulling(flaky, workers=2, makers=3, task_attempts=2, task_wait_seconds=5)
    assert len(run_virtual(pipeline.run(range(20)))) == 20
    assert set(flaky.calls.values()) == {2}


async def test_items_fed_to_a_pull_stage_wait_in_the_feeders_hands() -> None:
    gate = Gate()
    pipeline = pulling(gate)
    await pipeline.start()
    feeder = asyncio.create_task(pipeline.feed(range(3), target_stage="Use"))
    await settle()
    stats = pipeline.get_stats()
    fed = (stats.items_fed, stats.queue_sizes["Use"], feeder.done())
    gate.open()
    await feeder
    await pipeline.join()
    await pipeline.shutdown()
    assert fed == (2, 0, False)
    assert len(pipeline.results) == 3


async def test_the_lowest_priority_number_goes_first_among_those_that_wait() -> None:
    gate = Gate()
    order: list[int] = []

    async def note(value: int) -> None:
        order.append(value)
        await gate(value)

    pipeline = pulling(note)
    await pipeline.start()
    await pipeline.feed([0], target_stage="Use")
    await settle()
    pipeline.pause("Make")
    await pipeline.feed([1], priority=200)
    await pipeline.feed([2], priority=1)
    gate.open()
    pipeline.resume("Make")
    await pipeline.join()
    await pipeline.shutdown()
    assert order == [0, 2, 1]


async def test_a_paused_pull_stage_takes_nothing_and_goes_on_later() -> None:
    gate = Gate()
    pipeline = pulling(gate, makers=2)
    pipeline.pause("Use")
    run = asyncio.create_task(pipeline.run(range(5)))
    await settle()
    held = len(gate.held)
    gate.open()
    pipeline.resume("Use")
    assert (held, len(await run)) == (0, 5)


async def test_cancelling_a_run_with_blocked_makers_loses_nothing() -> None:
    gate = Gate()
    pipeline = pulling(gate, makers=4)
    run = asyncio.create_task(pipeline.run(range(20)))
    await settle()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    stats = pipeline.get_stats()
    assert stats.items_fed == stats.items_cancelled
    assert len(pipeline.unprocessed) == stats.items_cancelled
