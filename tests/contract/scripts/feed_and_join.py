"""The long form: start, feed, join, shutdown."""

import asyncio
from collections.abc import AsyncIterator

from antflow import Pipeline, PipelineError, Stage


async def double(number: int) -> int:
    return number * 2


async def label(number: int) -> str:
    return f"<{number}>"


async def numbers() -> AsyncIterator[int]:
    for number in (7, 8, 9):
        yield number


async def main() -> None:
    pipeline = Pipeline([Stage("Double", 2, [double]), Stage("Label", 2, [label])])
    await pipeline.start()
    try:
        await pipeline.start()
    except PipelineError as error:
        print("PipelineError", isinstance(error, Exception))
    await pipeline.feed([1, 2])
    await pipeline.feed_async(numbers())
    await pipeline.feed([100], target_stage="Label")
    try:
        await pipeline.feed([1], target_stage="Nowhere")
    except ValueError as error:
        print("ValueError", "not found" in str(error))
    await pipeline.join()
    await pipeline.shutdown()
    print([(result.id, result.value) for result in pipeline.results])

    async with Pipeline([Stage("Double", 1, [double])]) as pipeline:
        await pipeline.start()
        await pipeline.feed([3, 4])
        await pipeline.join()
    print([result.value for result in pipeline.results])

    async with Pipeline([Stage("Double", 1, [double])]) as pipeline:
        print([result.value for result in await pipeline.run([5])])

    idle = Pipeline([Stage("Double", 1, [double])])
    await idle.shutdown()
    print(idle.results)


asyncio.run(main())
