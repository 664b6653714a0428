"""The terminal display of a run, and a dashboard of your own beside it.

Run it in a terminal: it shows every worker and what it is doing. On a pipe it prints lines.
"""

import asyncio
import random

from antflow import (
    DashboardSnapshot,
    Pipeline,
    PipelineDashboard,
    Stage,
    StatusTracker,
    set_task_status,
)


async def download(number: int) -> bytes:
    for percent in (0, 25, 50, 75):
        set_task_status(f"{percent} %")
        await asyncio.sleep(random.uniform(0.01, 0.05))
    if random.random() < 0.1:
        raise TimeoutError(f"file {number} took too long")
    return b"x" * number


async def unpack(data: bytes) -> int:
    await asyncio.sleep(0.08)
    return len(data)


async def main() -> None:
    tracker = StatusTracker()
    stages = [
        Stage("Download", workers=6, tasks=[download], task_wait_seconds=0.2),
        Stage("Unpack", workers=3, tasks=[unpack]),
    ]
    pipeline = Pipeline(stages, status_tracker=tracker)
    most_busy = 0

    def on_update(snapshot: DashboardSnapshot) -> None:
        nonlocal most_busy
        busy = sum(state.status == "busy" for state in snapshot.worker_states.values())
        most_busy = max(most_busy, busy)

    async with PipelineDashboard(pipeline, tracker, on_update, update_interval=0.1):
        results = await pipeline.run(range(100), dashboard="full")
    print(f"{len(results)} files; at most {most_busy} workers were busy at once")


asyncio.run(main())
