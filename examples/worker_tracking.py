"""Which worker had which item, and what each of them did with its time."""

import asyncio
from collections import Counter

from antflow import Item, Pipeline, Stage, StatusEvent, StatusTracker


async def resize(picture: str) -> str:
    await asyncio.sleep(0.02)
    if picture.endswith("7.png"):
        raise ValueError(f"{picture} is not a picture")
    return picture.replace(".png", "-small.png")


async def main() -> None:
    taken: Counter[int] = Counter()

    async def on_status_change(event: StatusEvent) -> None:
        if event.status == "in_progress" and event.worker_id is not None:
            taken[event.worker_id] += 1
        elif event.status == "failed":
            print(f"{event.item_id} failed with {event.worker}: {event.metadata['error']}")

    tracker = StatusTracker(on_status_change=on_status_change)
    stage = Stage("Resize", workers=4, tasks=[resize], task_attempts=1)
    pipeline = Pipeline([stage], status_tracker=tracker)
    print("workers:", pipeline.get_worker_names())

    items = [Item(id=f"picture_{n:03}", value=f"holiday-{n}.png") for n in range(40)]
    await pipeline.run(items)

    for worker_id, count in sorted(taken.items()):
        metrics = pipeline.get_worker_metrics()[f"Resize-W{worker_id}"]
        print(
            f"Resize-W{worker_id}: took {count} items, failed {metrics.items_failed}, "
            f"{metrics.avg_processing_time * 1000:.0f} ms each"
        )
    print("history of picture_007:")
    for event in tracker.get_history("picture_007"):
        print(f"  {event.status:<12} {event.worker or '-'}")


asyncio.run(main())
