"""A real pipeline at work, as a source, for tests that look at it and steer it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from antflow.context import set_task_status
from antflow.pipeline import Pipeline, Stage
from antflow.tracker import StatusTracker
from antflow.web.sources import LocalSource

BROKEN = 3
"""An item whose value is this above a multiple of 10 fails in Parse, until `mended`."""


class BusyPipeline(LocalSource):
    """Three stages that work until the server stops; some items fail until they are mended.

    Args:
        name: of the source.
        pause: seconds between two items that are fed.
        workers: how many in all; nearly half of them in the first stage.
        mended: asked whether items that would fail succeed now.

    Attributes:
        attempts: how often each value came to the stage that fails.
    """

    def __init__(
        self,
        name: str = "shop",
        *,
        pause: float = 0.03,
        workers: int = 9,
        mended: Callable[[], bool] = lambda: False,
    ) -> None:
        self.attempts: dict[int, int] = {}
        self._mended = mended
        self._pause = pause
        third = workers // 3
        stages = [
            Stage("Fetch", workers - 2 * third + 1, [_fetch], task_attempts=1),
            Stage("Parse", third, [self._parse], task_attempts=1),
            Stage("Store", third - 1, [_store], task_attempts=1, queue_capacity=20),
        ]
        tracker = StatusTracker(max_items=20_000)
        pipeline = Pipeline(stages, collect_results=False, status_tracker=tracker)
        super().__init__(pipeline, name, expected=10_000)
        self._work: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Let it work."""
        await super().start()
        await self.pipeline.start()
        self._work = asyncio.create_task(self.pipeline.feed(self._orders()))

    async def stop(self) -> None:
        """Let it end."""
        await super().stop()
        await self.pipeline.shutdown(0.0)
        if self._work is not None:
            self._work.cancel()
            with suppress(BaseException):
                await self._work

    async def _orders(self) -> AsyncIterator[dict[str, object]]:
        for number in range(1_000_000):
            yield {"id": f"order-{number}", "value": number}
            await asyncio.sleep(self._pause)

    async def _parse(self, value: int) -> int:
        self.attempts[value] = self.attempts.get(value, 0) + 1
        if value % 10 == BROKEN and not self._mended():
            raise ValueError(f"order {value} holds no table")
        await asyncio.sleep(0.02)
        return value


async def _fetch(value: int) -> int:
    set_task_status(f"fetching {value}")
    await asyncio.sleep(0.05)
    return value


async def _store(value: int) -> int:
    await asyncio.sleep(0.04)
    return value
