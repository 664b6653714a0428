"""Two stages, results in input order, counts afterwards."""

import asyncio

from antflow import Pipeline, Stage


async def parse(line: str) -> int:
    # the first lines take longest, so completion order is not input order
    for _ in range(5 - len(line)):
        await asyncio.sleep(0)
    return int(line)


async def square(number: int) -> int:
    return number * number


async def main() -> None:
    pipeline = Pipeline(
        stages=[
            Stage(name="Parse", workers=3, tasks=[parse]),
            Stage(name="Square", workers=2, tasks=[square]),
        ]
    )
    results = await pipeline.run(["1", "22", "333", "4444"])
    for result in results:
        print(result.id, result.value, result.sequence_id, result.is_success, result.error)
    stats = pipeline.get_stats()
    print(stats.items_processed, stats.items_failed, stats.items_in_flight)
    print(stats.queue_sizes)
    for name, stage in stats.stage_stats.items():
        print(name, stage.stage_name, stage.completed_items, stage.failed_items)
    print([stage.name for stage in pipeline.stages], pipeline.collect_results)
    print(await Pipeline([Stage("Empty", 1, [square])]).run([]))


asyncio.run(main())
