"""Results, events and snapshots as JSON, the way a small web page sends them."""

import asyncio
import dataclasses
import json

from antflow import Pipeline, Stage, StatusTracker


async def work(number: int) -> int:
    return number + 1


async def main() -> None:
    tracker = StatusTracker()
    pipeline = Pipeline([Stage("Work", 1, [work])], status_tracker=tracker)
    results = await pipeline.run([1, 2])
    print(json.dumps([dataclasses.asdict(result) for result in results], sort_keys=True))
    snapshot = dataclasses.asdict(pipeline.get_dashboard_snapshot())
    print(sorted(snapshot))
    for key in ("processing_since", "worker_name", "status", "current_item_id"):
        print(key, snapshot["worker_states"]["Work-W0"][key])
    print(snapshot["worker_metrics"]["Work-W0"]["items_processed"])
    print(snapshot["pipeline_stats"]["stage_stats"]["Work"]["completed_items"])
    print([dataclasses.asdict(event)["status"] for event in tracker.get_history(0)])
    print(json.dumps(snapshot)[:1])


asyncio.run(main())
