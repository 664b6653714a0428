"""A pipeline that waits until a test lets it go, as a source."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from polling import eventually_async

from antflow.pipeline import Pipeline, Stage
from antflow.source import Frame
from antflow.tracker import StatusTracker
from antflow.web.sources import LocalSource


class Gate:
    """A pipeline whose first stage waits until it is let go; odd items fail in the second."""

    def __init__(self, *, tracked: bool = True) -> None:
        self.open = asyncio.Event()
        tracker = StatusTracker() if tracked else None
        stages = [
            Stage("Wait", 2, [self._wait]),
            Stage("Check", 1, [self._check], task_attempts=1),
        ]
        self.pipeline = Pipeline(stages, status_tracker=tracker)
        self.source = LocalSource(self.pipeline, "local", expected=10)

    async def _wait(self, value: int) -> int:
        await self.open.wait()
        return value

    async def _check(self, value: int) -> int:
        if value % 2:
            raise ValueError(f"{value} is odd")
        return value

    @asynccontextmanager
    async def running(self, items: Any = range(10)) -> AsyncIterator[LocalSource]:
        await self.source.start()
        await self.pipeline.start()
        feeding = asyncio.create_task(self.pipeline.feed(items))
        await eventually_async(lambda: self.pipeline.get_stats().items_in_flight)
        try:
            yield self.source
        finally:
            self.open.set()
            feeding.cancel()
            await asyncio.wait([feeding])
            await self.source.stop()
            await self.pipeline.shutdown(0.0)

    async def finish(self) -> Frame:
        self.open.set()
        await self.pipeline.join()
        return self.source.frame()
