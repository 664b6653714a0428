"""Sources to look at: made-up ones, and a pipeline that runs for ever."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

from antflow.context import set_task_status
from antflow.pipeline import Pipeline, Stage
from antflow.source import Source
from antflow.tracker import StatusTracker
from antflow.web.sources.fake import FakeSource
from antflow.web.sources.local import LocalSource

ITEMS = 100_000


def demonstration_sources(workers: int, tasks: int, *, hostile: bool = False) -> Sequence[Source]:
    """A pipeline at work, a cluster, and sources in each of the sad states."""
    return [
        Demonstration(),
        FakeSource("shop", workers=workers, tasks=tasks, hostile=hostile),
        FakeSource("etl", kind="pipeline", workers=workers, tasks=tasks, hostile=hostile),
        FakeSource("large", workers=200, tasks=100_000, rate=200.0),
        FakeSource("silent", mode="stale"),
        FakeSource("lost", mode="disconnected"),
        FakeSource("empty", mode="empty"),
    ]


class Demonstration(LocalSource):
    """A pipeline of three stages that works as long as the server runs."""

    def __init__(self) -> None:
        stages = [
            Stage("Fetch", 5, [_fetch], task_attempts=3, task_wait_seconds=0.5),
            Stage("Parse", 3, [_parse], task_attempts=1),
            Stage("Store", 4, [_store], task_attempts=1, queue_capacity=20),
        ]
        tracker = StatusTracker(max_items=20_000)
        pipeline = Pipeline(stages, collect_results=False, status_tracker=tracker)
        super().__init__(pipeline, "demo", expected=ITEMS)
        self._work: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Let it work."""
        await super().start()
        await self.pipeline.start()
        self._work = asyncio.create_task(self.pipeline.feed(_pages()))

    async def stop(self) -> None:
        """Let it end."""
        await super().stop()
        await self.pipeline.shutdown(0.0)
        if self._work is not None:
            self._work.cancel()
            with suppress(BaseException):
                await self._work


async def _pages() -> AsyncIterator[dict[str, object]]:
    for number in range(ITEMS):
        yield {"id": f"page-{number}", "value": number}
        await asyncio.sleep(0.03)


async def _fetch(page: int) -> int:
    set_task_status(f"fetching page {page}")
    await asyncio.sleep(random.expovariate(8.0))
    if random.random() < 0.05:
        raise ConnectionError("the server closed the connection")
    return page


async def _parse(page: int) -> int:
    await asyncio.sleep(random.lognormvariate(-2.8, 0.7))
    if page % 50 == 7:
        raise ValueError(f"page {page} holds no table; token=abc123 was used")
    return page


async def _store(page: int) -> int:
    await asyncio.sleep(random.uniform(0.02, 0.15))
    return page
