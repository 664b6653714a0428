"""The same pipeline, run again: this run's results only, ids from 0."""

import asyncio

from antflow import Pipeline, Stage, StatusTracker


async def double(number: int) -> int:
    return number * 2


async def main() -> None:
    tracker = StatusTracker()
    pipeline = Pipeline([Stage("Double", 2, [double])], status_tracker=tracker)
    for items in ([1, 2], [3]):
        results = await pipeline.run(items)
        print([(result.id, result.value) for result in results])
        print(pipeline.get_stats().items_processed)


asyncio.run(main())
