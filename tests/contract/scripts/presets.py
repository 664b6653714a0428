"""Ready-made stages; plain functions as tasks."""

import asyncio

from antflow import Pipeline, Stage


async def fetch(number: int) -> int:
    return number


def crunch(number: int) -> int:
    return sum(range(number))


async def crunch_slowly(number: int) -> int:
    await asyncio.sleep(0)
    return number * 3


async def main() -> None:
    stages = [
        Stage.io_bound("Fetch", fetch),
        Stage.io_bound("FetchMore", fetch, workers=2, retries=7),
        Stage.cpu_bound("Crunch", crunch, crunch_slowly),
        Stage.rate_limited("Call", fetch, rps=50),
        Stage.rate_limited("CallSlowly", fetch, rps=0.5, retries=2),
        Stage.rate_limited("CallFast", fetch, rps=1000, workers=4),
    ]
    for stage in stages:
        workers = "CPUs" if stage.name == "Crunch" else stage.workers
        print(stage.name, workers, stage.task_attempts, stage.retry)
        stage.validate()
    results = await Pipeline([stages[0], stages[2], stages[5]]).run([3, 4, 5])
    print([result.value for result in results])


asyncio.run(main())
