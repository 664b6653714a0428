"""The error summary is complete without a tracker too."""

import asyncio

from antflow import Pipeline, Stage


async def parse(text: str) -> int:
    return int(text)


async def main() -> None:
    pipeline = Pipeline([Stage("Parse", 1, [parse], task_attempts=2, task_wait_seconds=0.001)])
    await pipeline.run(["4", "x", "y"])
    summary = pipeline.get_error_summary()
    print(summary.total_failed, summary.errors_by_type, summary.errors_by_stage)
    for item in summary.failed_items:
        print(item.item_id, item.error_type, item.stage, item.error, item.attempts)
    print("ValueError: 2" in str(summary), "Parse: 2" in str(summary))


asyncio.run(main())
