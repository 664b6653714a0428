"""Feeding a pipeline that was not started."""

import asyncio

from antflow import Pipeline, PipelineError, Stage


async def double(number: int) -> int:
    return number * 2


async def main() -> None:
    pipeline = Pipeline([Stage("Double", 1, [double])])
    try:
        await pipeline.feed([1], target_stage="Nowhere")
    except ValueError as error:
        print("ValueError", "not found" in str(error))
    try:
        await pipeline.feed([1])
    except PipelineError as error:
        print("PipelineError", "start" in str(error))
    await pipeline.start()
    await pipeline.feed([1])
    await pipeline.join()
    await pipeline.shutdown()
    print([result.value for result in pipeline.results])


asyncio.run(main())
