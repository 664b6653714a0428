"""The builder: a chain of stages with a tracker."""

import asyncio

from antflow import Pipeline, PipelineBuilder, StatusTracker


async def clean(text: str) -> str:
    return text.strip()


async def shorten(text: str) -> str:
    return text[:3]


async def shout(text: str) -> str:
    return text.upper()


async def main() -> None:
    tracker = StatusTracker()
    builder = Pipeline.create()
    print(isinstance(builder, PipelineBuilder))
    pipeline = (
        builder.add("Clean", clean, shorten, workers=2)
        .add("Shout", shout, workers=3, retries=5)
        .with_tracker(tracker)
        .collect_results()
        .build()
    )
    for stage in pipeline.stages:
        print(stage.name, stage.workers, len(stage.tasks), stage.retry, stage.task_attempts)
    results = await pipeline.run([" apple", "banana ", " cherry "])
    print([result.value for result in results])
    print(tracker.get_stats()["completed"])

    results = await Pipeline.create().add("Shout", shout).run(["x", "y"])
    print([(result.id, result.value) for result in results])

    silent = Pipeline.create().add("Shout", shout).collect_results(False).build()
    print(await silent.run(["x", "y"]), silent.results, silent.get_stats().items_processed)


asyncio.run(main())
