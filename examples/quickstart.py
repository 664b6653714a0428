"""Two stages, ten workers each, a progress bar, and what failed."""

import asyncio
import random

from antflow import Pipeline


async def fetch(number: int) -> str:
    await asyncio.sleep(random.uniform(0.01, 0.05))
    if number % 40 == 13:
        raise ConnectionError(f"page {number} is gone")
    return f"page {number}"


async def count_letters(page: str) -> int:
    await asyncio.sleep(0.01)
    return len(page)


async def main() -> None:
    pipeline = (
        Pipeline.create()
        .add("Fetch", fetch, workers=10, retries=2, task_wait_seconds=0.1)
        .add("Count", count_letters, workers=10)
        .build()
    )
    results = await pipeline.run(range(200), progress=True)
    print(f"{len(results)} pages, {sum(result.value for result in results)} letters")
    print(pipeline.get_error_summary())


asyncio.run(main())
