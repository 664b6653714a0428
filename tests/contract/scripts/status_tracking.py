"""Every status of every item, live and afterwards."""

import asyncio
from collections import Counter

from antflow import Pipeline, Stage, StatusEvent, StatusTracker


async def fetch(name: str) -> str:
    if name == "c":
        raise LookupError("no c")
    return name * 2


async def store(name: str) -> str:
    return f"stored {name}"


async def main() -> None:
    live: Counter[tuple[str | None, str]] = Counter()
    workers = set()

    async def on_status_change(event: StatusEvent) -> None:
        live[event.stage, event.status] += 1
        if event.status == "in_progress":
            workers.add((event.worker, event.worker_id))

    tracker = StatusTracker(on_status_change=on_status_change)
    pipeline = Pipeline(
        stages=[Stage("Fetch", 1, [fetch], task_attempts=1), Stage("Store", 1, [store])],
        status_tracker=tracker,
    )
    items = [{"id": f"item_{name}", "value": name} for name in "abcd"]
    results = await pipeline.run(items)
    print([result.value for result in results])
    print(sorted(live.items(), key=str))
    print(sorted(workers))
    print(tracker.get_tracked_ids())
    counts = tracker.get_stats()
    for status in ("queued", "in_progress", "completed", "failed", "retrying", "skipped"):
        print(status, counts[status], len(tracker.get_by_status(status)))
    for event in tracker.get_history("item_a"):
        print(event.item_id, event.stage, event.status, event.worker, event.worker_id)
    latest = tracker.get_status("item_c")
    if latest is not None:
        print(latest.status, latest.metadata["error"], latest.metadata["error_type"])
    print(tracker.get_status("nobody"), tracker.get_history("nobody"))


asyncio.run(main())
