"""A loop of one's own that polls the pipeline while it runs."""

import asyncio

from antflow import Pipeline, Stage


async def work(number: int) -> int:
    await asyncio.sleep(0.002)
    return number


async def watch(pipeline: Pipeline, done: asyncio.Event) -> list[int]:
    counts = []
    while not done.is_set():
        stats = pipeline.get_stats()
        busy = sum(state.status == "busy" for state in pipeline.get_worker_states().values())
        assert 0 <= busy <= 3
        counts.append(stats.items_processed)
        await asyncio.sleep(0.003)
    return counts


async def main() -> None:
    pipeline = Pipeline([Stage("Work", workers=3, tasks=[work])])
    done = asyncio.Event()
    watcher = asyncio.create_task(watch(pipeline, done))
    results = await pipeline.run(range(30))
    done.set()
    counts = await watcher
    print(len(results), counts == sorted(counts), counts[-1] <= 30)
    print(pipeline.get_stats().items_in_flight)


asyncio.run(main())
