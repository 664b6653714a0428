"""An item that failed, was looked at, fed again and succeeded is shown as what it is now."""

from __future__ import annotations

from polling import eventually_async

from antflow.pipeline import Pipeline, Stage
from antflow.source import TaskQuery
from antflow.tracker import StatusTracker
from antflow.web.sources import LocalSource


async def test_a_retried_item_is_no_longer_found_among_the_failed() -> None:
    """In the table, by a search, in an export and on the page of the item."""
    mended = False

    async def work(number: int) -> int:
        if not mended:
            raise ValueError("not yet")
        return number

    stage = Stage("Work", workers=1, tasks=[work], task_attempts=1)
    pipeline = Pipeline([stage], status_tracker=StatusTracker())
    source = LocalSource(pipeline, "work")

    async def found(search: str) -> int:
        return (await source.find_tasks(TaskQuery(search=search))).total

    async def all_of(state: str) -> bool:
        return await found(f"state:{state}") == 3

    await source.start()
    await pipeline.start()
    try:
        await pipeline.feed([{"id": f"item-{n}", "value": n} for n in range(3)])
        await eventually_async(lambda: all_of("failed"))
        mended = True
        await source.command("tasks.retry", "state:failed")
        await eventually_async(lambda: pipeline.get_stats().items_processed == 3)
        await eventually_async(lambda: all_of("completed"))
        assert await found("state:failed") == 0
        assert list(source.iter_tasks("state:failed")) == []
        detail = await source.task("item-1")
        assert detail is not None
        assert detail.task.state == "completed"
        assert detail.task.exception is None
    finally:
        await source.stop()
        await pipeline.shutdown(0.0)
