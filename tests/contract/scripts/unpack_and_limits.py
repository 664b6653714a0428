"""Arguments from tuples and dicts, and at most two of one task at a time."""

import asyncio

from antflow import Pipeline, Stage, StageValidationError

running = 0
most = 0


async def area(width: int, height: int) -> int:
    return width * height


async def upload(number: int) -> int:
    global running, most
    running += 1
    most = max(most, running)
    await asyncio.sleep(0.001)
    running -= 1
    return number


async def main() -> None:
    pipeline = Pipeline([Stage("Area", 2, [area], unpack_args=True)])
    items = [(2, 3), [4, 5], {"width": 6, "height": 7}, {"id": "d", "value": (1, 1)}]
    print([(result.id, result.value) for result in await pipeline.run(items)])

    stage = Stage("Upload", 8, [upload], task_concurrency_limits={"upload": 2})
    results = await Pipeline([stage]).run(range(12))
    print(len(results), most)

    try:
        Stage("Upload", 1, [upload], task_concurrency_limits={"download": 2}).validate()
    except StageValidationError as error:
        print("unknown task" in str(error))


asyncio.run(main())
