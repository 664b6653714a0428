"""`pause` and `resume`: stages that take nothing new for a while."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from antflow import Pipeline, Stage
from antflow.testing import Flaky, Gate, run_virtual, settle, until


async def same(value: Any) -> Any:
    return value


def one_stage(*tasks: Any, **fields: Any) -> Pipeline:
    options = {"workers": 1, "task_attempts": 1, **fields}
    stage = Stage("Work", tasks=list(tasks) or [same], **options)
    return Pipeline([stage])


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
