"""`AcrossLoops`: a source of one event loop, for a server on another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Final, TypeVar

from msgspec.structs import replace

from antflow.exceptions import InspectionTimeoutError
from antflow.source import (
    Answer,
    Frame,
    ScheduleEntry,
    Source,
    Spans,
    TaskDetail,
    TaskPage,
    TaskQuery,
    TaskView,
    Unsubscribe,
    Verb,
    WorkerDetail,
)
from antflow.ticker import Ticker
from antflow.types import (
    DashboardSnapshot,
    PipelineStats,
    StatusEvent,
    WorkerMetrics,
    WorkerState,
)

T = TypeVar("T")

HELD_UP: Final = 1.0
"""Seconds beyond a tick without a new frame, after which the loop counts as held up."""

PATIENCE: Final = 1.0
"""Seconds that a question waits for the other loop; one that is awaited waits 5 times as long."""


class AcrossLoops:
    """Answers for a source whose event loop may be held up by its own work.

    Frames are made over there at every tick and kept, so that the newest is at hand at any time;
    while none comes, it says that it is stale and why. All else is asked over there: what is
    awaited waits 5 seconds at most, what is not a second, since it holds up the server.

    Made on the source's loop; the methods of `Source` are for the loop of the server.

    Args:
        source: what is shown.
    """

    def __init__(self, source: Source) -> None:
        self.name = source.name
        self.kind = source.kind
        self.tick = source.tick
        self.verbs: Mapping[str, Verb] = source.verbs
        self._source = source
        self._loop = asyncio.get_running_loop()
        self._ticker = Ticker(self._refresh, source.tick, what="the web dashboard")
        self._last_event = 0
        self._is_final = False
        self._asked = 0
        self._asked_at = float("-inf")
        self._seen = asyncio.Event()
        self._newest = source.frame()
        self._made = time.monotonic()

    # -- on the source's loop -----------------------------------------------------------------

    async def follow(self) -> None:
        """Make a frame at every tick from now on."""
        await self._ticker.start()

    async def finish(self, grace: float) -> None:
        """Make the last frame, which says that it is finished, and keep it.

        Returns when those who watch have it: after `grace` seconds at most, and at once where
        nobody watches.
        """
        await self._ticker.stop()
        health = replace(self._newest.health, state="finished")
        self._newest = replace(self._newest, health=health)
        self._asked, self._is_final = 0, True
        if time.monotonic() - self._asked_at < 4 * self.tick:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._seen.wait(), grace)

    def _refresh(self) -> None:
        self._newest = self._source.frame()
        self._made = time.monotonic()

    # -- on the server's loop -----------------------------------------------------------------

    def frame(self) -> Frame:
        """The newest frame; never waits."""
        self._count()
        frame, reason = self._newest, self._trouble()
        if reason is None:
            return frame
        return replace(frame, health=replace(frame.health, state="stale", reason=reason))

    def _count(self) -> None:
        self._asked, self._asked_at = self._asked + 1, time.monotonic()
        # the second question shows that what was made of the first has gone out
        if self._is_final and self._asked == 2:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._seen.set)

    def _trouble(self) -> str | None:
        age = time.monotonic() - self._made
        if self._is_final or age <= self.tick + HELD_UP:
            return None
        return f"a task has been blocking the event loop for {age:.0f} s"

    def _send(self, question: Coroutine[Any, Any, T]) -> Future[T]:
        if reason := self._trouble():
            question.close()
            raise InspectionTimeoutError(f"{self.name} cannot answer: {reason}")
        try:
            return asyncio.run_coroutine_threadsafe(question, self._loop)
        except RuntimeError:
            question.close()
            raise InspectionTimeoutError(f"{self.name} cannot answer: its run is over") from None

    def _ask(self, answer: Callable[[], T]) -> T:
        async def question() -> T:
            return answer()

        future = self._send(question())
        try:
            return future.result(PATIENCE)
        except TimeoutError:
            future.cancel()
            raise self._late(PATIENCE) from None

    async def _over(self, question: Coroutine[Any, Any, T]) -> T:
        future = asyncio.wrap_future(self._send(question))
        seconds = 5 * PATIENCE
        done, _ = await asyncio.wait([future], timeout=seconds)
        if done:
            return future.result()
        future.cancel()
        raise self._late(seconds)

    def _late(self, seconds: float) -> InspectionTimeoutError:
        return InspectionTimeoutError(f"{self.name} did not answer within {seconds:g} s")

    async def start(self) -> None:
        """Start the source."""
        await self._over(self._source.start())

    async def stop(self) -> None:
        """Stop the source."""
        await self._over(self._source.stop())

    def get_worker_states(self) -> dict[str, WorkerState]:
        """State by worker name."""
        return self._ask(self._source.get_worker_states)

    def get_worker_metrics(self) -> dict[str, WorkerMetrics]:
        """Metrics by worker name."""
        return self._ask(self._source.get_worker_metrics)

    def get_stats(self) -> PipelineStats:
        """The counts."""
        return self._ask(self._source.get_stats)

    def get_dashboard_snapshot(self) -> DashboardSnapshot:
        """A consistent picture."""
        return self._ask(self._source.get_dashboard_snapshot)

    def subscribe(self, callback: Callable[[StatusEvent], Any]) -> Unsubscribe:
        """Have every status event; called on the source's loop."""
        unsubscribe = self._ask(lambda: self._source.subscribe(callback))
        return lambda: self._ask(unsubscribe)

    async def find_tasks(self, query: TaskQuery) -> TaskPage:
        """Rows of items; raises as the source does."""
        return await self._over(self._source.find_tasks(query))

    def iter_tasks(self, search: str = "") -> Iterator[TaskView]:
        """All items that match, as they are now."""
        return iter(self._ask(lambda: list(self._source.iter_tasks(search))))

    async def task(self, task_id: str) -> TaskDetail | None:
        """One item in full."""
        return await self._over(self._source.task(task_id))

    async def worker(self, name: str, *, refresh: bool = False) -> WorkerDetail | None:
        """One worker in full."""
        return await self._over(self._source.worker(name, refresh=refresh))

    async def spans(self, since: float, worker: str | None = None, limit: int = 1_000) -> Spans:
        """What workers did."""
        return await self._over(self._source.spans(since, worker, limit))

    def schedule(self) -> list[ScheduleEntry]:
        """What runs by the clock."""
        return self._ask(self._source.schedule)

    def events(self, after: int = 0, limit: int = 500) -> tuple[int, list[dict[str, Any]]]:
        """Raw events; none while the loop is held up, they come afterwards."""
        if self._trouble() is None:
            last, found = self._ask(lambda: self._source.events(after, limit))
            self._last_event = last
            return last, found
        return self._last_event, []

    async def command(
        self, verb: str, target: str | None = None, arguments: Mapping[str, Any] | None = None
    ) -> list[Answer]:
        """Do what a verb says; raises as the source does."""
        return await self._over(self._source.command(verb, target, arguments))

    def settings(self) -> dict[str, Any]:
        """What the source was told."""
        return self._ask(self._source.settings)
