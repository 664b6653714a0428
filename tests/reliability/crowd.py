"""A tracked pipeline among subscribers and displays that mean it no good."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

from antflow import Pipeline, PipelineResult, Stage, StatusTracker
from antflow.testing import Recording, run_virtual
from antflow.tracker import DeliveryStats

ITEMS = 40
EVENTS = ITEMS * 6
"""Queued, in progress and completed, in two stages."""

BASES = [ValueError, SystemExit, asyncio.CancelledError, MemoryError, GeneratorExit]


async def work(value: int) -> int:
    await asyncio.sleep(0.01)
    return value


class Plant:
    """A tracked pipeline of two stages, with a witness who gets every event."""

    def __init__(self, **fields: Any) -> None:
        self.tracker = StatusTracker()
        self.witness = Recording()
        self.tracker.subscribe(self.witness)
        stages = [Stage("A", 3, [work], **fields), Stage("B", 3, [work])]
        self.pipeline = Pipeline(stages, status_tracker=self.tracker)

    async def run(self, **options: Any) -> list[PipelineResult]:
        """Bounded, and in a task that somebody may cancel."""
        self.task = asyncio.create_task(self.pipeline.run(range(ITEMS), **options))
        await asyncio.wait([self.task], timeout=1_000.0)
        assert self.task.done(), "the run hangs"
        assert self.idle(), asyncio.all_tasks()
        return self.task.result()

    @staticmethod
    def idle() -> bool:
        return asyncio.all_tasks() == {asyncio.current_task()}

    def check_all_processed(self, results: list[PipelineResult]) -> None:
        assert [result.id for result in results] == list(range(ITEMS))
        assert len(self.witness.events) == EVENTS
        stats = self.pipeline.get_stats()
        assert (stats.items_fed, stats.items_processed) == (ITEMS, ITEMS)

    def check_all_accounted_for(self) -> None:
        """After a run that was cut short: items, and events of the witness."""
        stats = self.pipeline.get_stats()
        assert stats.items_in_flight == 0
        assert stats.items_fed == stats.items_processed + stats.items_cancelled
        assert stats.items_processed == len(self.pipeline.results)
        assert stats.items_cancelled == len(self.pipeline.unprocessed)
        told = [(event.item_id, event.status, event.stage) for event in self.witness.events]
        kept = [
            (event.item_id, event.status, event.stage)
            for item_id in self.tracker.get_tracked_ids()
            for event in self.tracker.get_history(item_id)
        ]
        assert Counter(told) == Counter(kept)

    def delivery(self, name: str) -> DeliveryStats:
        (found,) = [one for one in self.tracker.get_delivery_stats() if name in one.name]
        return found


def virtually(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    run_virtual(main())


class Show:
    """A display whose three methods do as they are told."""

    def __init__(
        self,
        start: Callable[..., Any] | None = None,
        update: Callable[..., Any] | None = None,
        finish: Callable[..., Any] | None = None,
    ) -> None:
        self._start, self._update, self._finish = start, update, finish
        self.calls: list[str] = []

    def on_start(self, *args: Any) -> Any:
        self.calls.append("start")
        return self._start(*args) if self._start else None

    def on_update(self, *args: Any) -> Any:
        self.calls.append("update")
        return self._update(*args) if self._update else None

    def on_finish(self, *args: Any) -> Any:
        self.calls.append("finish")
        return self._finish(*args) if self._finish else None
