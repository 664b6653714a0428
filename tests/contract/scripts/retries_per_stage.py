"""The whole stage again, from its first task."""

import asyncio

from antflow import Pipeline, Stage, StatusTracker

trace: list[str] = []


async def load(number: int) -> int:
    trace.append(f"load {number}")
    return number + 1


async def store(number: int) -> int:
    trace.append(f"store {number}")
    if len(trace) < 6:
        raise TimeoutError("busy")
    return number * 10


async def main() -> None:
    tracker = StatusTracker()
    pipeline = Pipeline(
        [Stage("Save", workers=2, tasks=[load, store], retry="per_stage", stage_attempts=3)],
        status_tracker=tracker,
    )
    results = await pipeline.run([1])
    print([(result.id, result.value) for result in results])
    print(trace)
    for event in tracker.get_history(0):
        if event.status == "retrying":
            print(event.status, [event.metadata[key] for key in ("attempt", "error", "retry")])
        else:
            print(event.status)


asyncio.run(main())
