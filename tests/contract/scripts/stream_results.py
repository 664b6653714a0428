"""Results as they come, failures among them."""

import asyncio

from antflow import Pipeline, Stage

turn = [asyncio.Event() for _ in range(4)]


async def in_turn(number: int) -> int:
    """Finish in the order 3, 2, 1, 0."""
    if number < 3:
        await turn[number + 1].wait()
    turn[number].set()
    return number * 10


async def divide(number: int) -> float:
    return 60 / number


async def main() -> None:
    pipeline = Pipeline([Stage("Turn", workers=4, tasks=[in_turn])])
    async for result in pipeline.stream(range(4)):
        print(result.id, result.value, result.is_success)

    pipeline = Pipeline([Stage("Divide", workers=1, tasks=[divide], task_attempts=1)])
    async for result in pipeline.stream([3, 0, 2]):
        if result.is_success:
            print("ok", result.id, result.value)
        else:
            print("failed", result.id, result.value, repr(result.error))
    print(pipeline.get_stats().items_failed)

    seen = 0
    async for _ in pipeline.stream([1, 2, 3]):
        seen += 1
        break
    print(seen)


asyncio.run(main())
