"""R2: what a shutdown finds running, waiting for room, or being fed keeps its one outcome."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from antflow import Pipeline, PipelineError, Stage
from antflow.testing import run_virtual, settle

ITEMS = 20


@pytest.mark.parametrize("fields", [{"pull": True}, {"queue_capacity": 1}], ids=str)
def test_shutdown_waits_for_running_tasks_and_for_no_room(fields: dict[str, Any]) -> None:
    """What the tasks return goes to `unprocessed`, also where the next stage has no room."""

    async def work(value: int) -> int:
        await asyncio.sleep(1.0)
        return value + 100

    async def main() -> None:
        pipeline = Pipeline([Stage("A", 3, [work]), Stage("B", 1, [work], **fields)])
        await pipeline.start()
        await pipeline.feed(range(3))
        await asyncio.sleep(0.5)
        await pipeline.shutdown(5.0)
        assert asyncio.get_running_loop().time() < 1.5
        left = [(item.id, item.value, item.stage) for item in pipeline.unprocessed]
        assert left == [(number, number + 100, "B") for number in range(3)]

    run_virtual(main())


async def test_retry_failed_that_a_shutdown_interrupts_loses_no_item() -> None:
    """What the pipeline did not take is still there to be fed again."""

    async def fail(value: int) -> int:
        raise ValueError(value)

    async def pass_on(value: int) -> int:
        await asyncio.sleep(0)
        return value

    tasks = [fail]

    async def work(value: int) -> int:
        return await tasks[0](value)

    pipeline = Pipeline([Stage("A", 1, [work], task_attempts=1, queue_capacity=1)])
    await pipeline.run(range(ITEMS))
    tasks[0] = pass_on
    await pipeline.start()
    pipeline.pause()
    retry = asyncio.create_task(pipeline.retry_failed())
    await settle()
    await pipeline.shutdown()
    with pytest.raises(PipelineError):
        await retry
    left = [item.id for item in pipeline.unprocessed]
    pipeline.resume()
    await pipeline.start()
    fed = await pipeline.retry_failed()
    await pipeline.join()
    again = [result.id for result in pipeline.results]
    await pipeline.shutdown()
    assert fed == len(again) > 0
    assert sorted([*left, *again]) == list(range(ITEMS))
