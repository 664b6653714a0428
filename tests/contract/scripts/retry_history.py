"""What the history of an item tells about its retries, under both policies."""

import asyncio

from antflow import Pipeline, Stage, StatusTracker


async def hopeless(number: int) -> int:
    raise OSError("no")


async def main() -> None:
    for stage in (
        Stage("Task", 1, [hopeless], task_attempts=3, task_wait_seconds=0.001),
        Stage("Stage", 1, [hopeless], retry="per_stage", stage_attempts=2),
    ):
        tracker = StatusTracker()
        print(await Pipeline([stage], status_tracker=tracker).run([1]))
        for event in tracker.get_history(0):
            print(event.stage, event.status, sorted(event.metadata.items()))
        print([(item.item_id, item.attempts) for item in tracker.get_failed_items()])


asyncio.run(main())
