"""A task that fails twice, and one that always fails."""

import asyncio

from antflow import Pipeline, Stage, StatusTracker, TaskEvent

calls: dict[str, int] = {}


async def flaky(name: str) -> str:
    calls[name] = calls.get(name, 0) + 1
    if calls[name] < 3:
        raise ConnectionError(f"no answer {calls[name]}")
    return name


async def hopeless(name: str) -> str:
    raise OSError(f"{name} is gone")


async def main() -> None:
    async def show(event: TaskEvent) -> None:
        error = repr(event.error) if event.error else "-"
        print(event.item_id, event.stage, event.task_name, event.event_type, event.attempt, error)

    tracker = StatusTracker(
        on_task_start=show, on_task_complete=show, on_task_retry=show, on_task_fail=show
    )
    pipeline = Pipeline(
        [
            Stage("Call", 1, [flaky], retry="per_task", task_attempts=3, task_wait_seconds=0.001),
            Stage("Look", 1, [hopeless], task_attempts=2, task_wait_seconds=0.001),
        ],
        status_tracker=tracker,
    )
    print(await pipeline.run(["a"]))
    print(calls)
    failed = tracker.get_failed_items()[0]
    print(failed.item_id, failed.error, failed.error_type, failed.stage)


asyncio.run(main())
