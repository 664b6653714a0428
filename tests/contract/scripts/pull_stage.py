"""Nothing waits between the stages; a bounded queue before the first."""

import asyncio

from antflow import Pipeline, Stage

held = 0
most = 0


async def read(number: int) -> int:
    global held, most
    held += 1
    most = max(most, held)
    await asyncio.sleep(0)
    return number


async def write(number: int) -> int:
    global held
    await asyncio.sleep(0)
    held -= 1
    return number * 2


async def main() -> None:
    pipeline = Pipeline(
        [
            Stage("Read", workers=2, tasks=[read], queue_capacity=3),
            Stage("Write", workers=1, tasks=[write], pull=True),
        ]
    )
    results = await pipeline.run(range(20))
    print([result.value for result in results])
    print(most <= 4)
    print(pipeline.get_stats().queue_sizes)


asyncio.run(main())
