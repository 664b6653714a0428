"""R4: snapshots are cheap and consistent while items rush by, however many have been seen."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from antflow import DashboardSnapshot, Pipeline, Stage, StatusTracker

ITEMS = 1_000_000
WORKERS = (40, 40, 20)
PROMISED = 0.002
"""Seconds that all but one in a hundred snapshots may take; asserted at ten times that."""


def calls_of(function: Callable[[], Any]) -> int:
    """How many calls, of Python and of C functions, one call of `function` comes to."""
    calls = 0

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        function()
    finally:
        sys.setprofile(before)
    return calls


def check_consistent(snapshot: DashboardSnapshot) -> None:
    """The parts of one snapshot tell of one and the same moment."""
    stats, states = snapshot.pipeline_stats, snapshot.worker_states
    assert len(states) == len(snapshot.worker_metrics) == sum(WORKERS)
    ended = stats.items_processed + stats.items_failed
    ended += stats.items_dropped + stats.items_cancelled
    assert stats.items_fed == ended + stats.items_in_flight
    assert stats.items_failed == snapshot.error_summary.total_failed
    assert len(snapshot.error_summary.failed_items) == min(100, stats.items_failed)
    for name, stage in stats.stage_stats.items():
        metrics = [m for m in snapshot.worker_metrics.values() if m.stage == name]
        assert sum(m.items_processed for m in metrics) == stage.completed_items
        assert sum(m.items_failed for m in metrics) == stage.failed_items
        busy = [s for s in states.values() if s.stage == name and s.current_task is not None]
        assert len(busy) == stage.in_progress_items


class Camera:
    """Takes snapshots between the turns of the workers, and their cost."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.seconds: list[float] = []
        self.calls: list[tuple[int, int]] = []
        self.first: tuple[DashboardSnapshot, str] | None = None

    async def shoot(self) -> None:
        while True:
            await asyncio.sleep(0)
            fed = self.pipeline.get_stats().items_fed
            # the processor's time of this thread: what other programs take does not count
            started = time.thread_time()
            snapshot = self.pipeline.get_dashboard_snapshot()
            self.seconds.append(time.thread_time() - started)
            if len(self.seconds) % 50 == 1:
                check_consistent(snapshot)
                self.calls.append((fed, calls_of(self.pipeline.get_dashboard_snapshot)))
            if self.first is None and snapshot.pipeline_stats.items_in_flight:
                self.first = snapshot, repr(snapshot)


def plant(tracker: StatusTracker | None = None) -> Pipeline:
    async def work(value: int) -> int:
        if value < 200 or value % 500 == 0:
            raise ValueError(value)
        return value

    async def pass_on(value: int) -> int:
        return value

    tasks = (work, pass_on, pass_on)
    stages = [
        Stage(name, workers, [task], task_attempts=1)
        for name, workers, task in zip("ABC", WORKERS, tasks, strict=True)
    ]
    return Pipeline(stages, collect_results=False, status_tracker=tracker)


@pytest.mark.usefixtures("_untraced")
async def test_snapshots_cost_the_same_however_many_items_were_seen() -> None:
    pipeline = plant()
    camera = Camera(pipeline)
    shooting = asyncio.create_task(camera.shoot())
    await pipeline.run(range(ITEMS))
    shooting.cancel()
    await asyncio.wait([shooting])
    assert shooting.cancelled(), shooting
    assert pipeline.get_stats().items_fed == ITEMS

    ranked = sorted(camera.seconds)
    assert len(ranked) >= 100
    assert ranked[int(len(ranked) * 0.99)] < 10 * PROMISED
    fifth = len(ranked) // 5
    early, late = camera.seconds[fifth : 2 * fifth], camera.seconds[-fifth:]
    assert statistics.median(late) < 3 * statistics.median(early) + 0.0005

    # the same work, call for call, but for what a busy worker has to tell and an idle one not
    counts = [calls for fed, calls in camera.calls if fed > 1_000]
    assert len(counts) >= 2
    assert max(counts) - min(counts) <= 4 * sum(WORKERS)


async def test_a_snapshot_never_changes_after_it_was_taken() -> None:
    pipeline = plant(StatusTracker(max_items=100))
    camera = Camera(pipeline)
    shooting = asyncio.create_task(camera.shoot())
    await pipeline.run(range(5_000))
    shooting.cancel()
    await asyncio.wait([shooting])
    assert camera.first is not None
    snapshot, text = camera.first
    assert snapshot.pipeline_stats != pipeline.get_stats()
    assert repr(snapshot) == text


async def test_a_snapshot_of_a_resting_pipeline_costs_the_same_after_ten_times_the_items() -> None:
    pipeline = plant()
    counts = []
    for items in (1_000, 9_000):
        await pipeline.run(range(items))
        counts.append(calls_of(pipeline.get_dashboard_snapshot))
    assert counts[0] == counts[1]
