"""All failures of a run, by type and by stage, with a tracker."""

import asyncio

from antflow import Pipeline, Stage, StatusTracker


async def parse(text: str) -> int:
    return int(text)


async def invert(number: int) -> float:
    return 1 / number


async def main() -> None:
    tracker = StatusTracker()
    pipeline = Pipeline(
        [
            Stage("Parse", 1, [parse], task_attempts=1),
            Stage("Invert", 1, [invert], task_attempts=1),
        ],
        status_tracker=tracker,
    )
    print(str(pipeline.get_error_summary()))
    await pipeline.run(["4", "x", "0", "y", "z", "0", "5"])
    for summary in (pipeline.get_error_summary(), tracker.get_error_summary()):
        print(summary.total_failed, summary.errors_by_type, summary.errors_by_stage)
        text = str(summary)
        print("5 failed items" in text, "ValueError: 3" in text, "Invert: 2" in text)
    for item in sorted(tracker.get_failed_items(), key=lambda item: str(item.item_id)):
        print(item.item_id, item.error_type, item.stage, item.error, item.attempts)
    print(pipeline.get_dashboard_snapshot().error_summary.total_failed)


asyncio.run(main())
