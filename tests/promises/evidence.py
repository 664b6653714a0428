"""Evidence that does not come from what is being tested: outcomes counted from the events,
starts read from a virtual clock, and a bound on every wait, so that a hang is a failure."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Hashable, Iterable
from typing import Any, TypeVar

from antflow import Pipeline, Stage, StatusEvent, StatusTracker
from antflow.testing import VirtualClockLoop

T = TypeVar("T")

FOR_EVER = 1e7
"""Virtual seconds after which something hangs."""


class WatchedLoop(VirtualClockLoop):
    """A virtual clock that calls `watch` after each of its rounds, and counts them."""

    def __init__(self) -> None:
        super().__init__()
        self.rounds = 0
        self.watch: Callable[[], object] = lambda: None

    def _run_once(self) -> None:
        super()._run_once()  # type: ignore[misc]
        self.rounds += 1
        try:
            self.watch()
        except BaseException:
            self.watch = lambda: None  # one failure is enough: the rest is cleaning up
            raise


def virtually(main: Coroutine[Any, Any, T]) -> T:
    """Run on a virtual clock; what would hang raises TimeoutError."""

    async def bounded() -> T:
        async with asyncio.timeout(FOR_EVER):
            return await main

    with asyncio.Runner(loop_factory=WatchedLoop) as runner:
        return runner.run(bounded())


def watched() -> WatchedLoop:
    """The running loop of `virtually`."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, WatchedLoop)
    return loop


def now() -> float:
    """Seconds on the running loop's clock, rounded to a microsecond."""
    return round(asyncio.get_running_loop().time(), 6)


async def same(value: Any) -> Any:
    """A task that changes nothing."""
    return value


def hearing(callback: Callable[[Any], Any], *names: str) -> StatusTracker:
    """A tracker that calls back where the names say so; by default at each task event."""
    tracker = StatusTracker()
    for name in names or ("on_task_start", "on_task_complete", "on_task_retry", "on_task_fail"):
        assert hasattr(tracker, name)
        setattr(tracker, name, callback)
    return tracker


def is_outcome(event: StatusEvent, last_stage: str) -> bool:
    """Whether nothing can follow this event."""
    if event.status in ("failed", "dropped", "cancelled"):
        return True
    return event.stage == last_stage and event.status in ("completed", "skipped")


def outcomes(events: Iterable[StatusEvent], pipeline: Pipeline) -> dict[Hashable, list[str]]:
    """The outcomes of each item that the events tell of."""
    last_stage = pipeline.stages[-1].name
    found: dict[Hashable, list[str]] = {}
    for event in events:
        ended = found.setdefault(event.item_id, [])
        if is_outcome(event, last_stage):
            ended.append(event.status)
    return found


def history(pipeline: Pipeline) -> list[StatusEvent]:
    """Every event that the pipeline's tracker keeps."""
    tracker = pipeline.tracker
    assert tracker is not None
    return [event for key in tracker.get_tracked_ids() for event in tracker.get_history(key)]


def assert_one_outcome_each(pipeline: Pipeline, fed: int) -> None:
    """Each of the `fed` items, all of different ids, has one outcome, and the counts say so."""
    found = outcomes(history(pipeline), pipeline)
    assert len(found) == fed
    assert {key: ended for key, ended in found.items() if len(ended) != 1} == {}
    ended = Counter(one for ends in found.values() for one in ends)
    stats = pipeline.get_stats()
    assert (stats.items_fed, stats.items_in_flight) == (fed, 0)
    assert stats.items_processed == ended["completed"] + ended["skipped"]
    assert stats.items_failed == ended["failed"]
    assert stats.items_dropped == ended["dropped"]
    assert stats.items_cancelled == ended["cancelled"]


def held_pipeline(gate: Any, **fields: Any) -> Pipeline:
    """Items are held in the second of three stages, until the gate lets them go."""
    stages = [Stage("First", 1, [same]), Stage("Held", 2, [gate], **fields)]
    return Pipeline([*stages, Stage("Last", 1, [same])], status_tracker=StatusTracker())
