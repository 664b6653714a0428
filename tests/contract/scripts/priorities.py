"""Urgent items overtake those that wait."""

import asyncio

from antflow import Pipeline, Stage

order: list[str] = []
taken = asyncio.Event()
gate = asyncio.Event()


async def handle(name: str) -> str:
    taken.set()
    await gate.wait()
    order.append(name)
    return name.upper()


async def main() -> None:
    pipeline = Pipeline([Stage("Handle", workers=1, tasks=[handle])])
    await pipeline.start()
    await pipeline.feed(["first"])
    await taken.wait()
    await pipeline.feed(["later 1", "later 2"], priority=200)
    await pipeline.feed(["normal"])
    await pipeline.feed(["urgent 1", "urgent 2"], priority=1)
    gate.set()
    await pipeline.join()
    await pipeline.shutdown()
    print(order)
    print([(result.id, result.value) for result in pipeline.results])


asyncio.run(main())
