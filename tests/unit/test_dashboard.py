"""PipelineDashboard: queries, subscriptions and periodic updates, over any pipeline."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from antflow import Pipeline, Stage, StatusTracker
from antflow.dashboard import PipelineDashboard
from antflow.exceptions import PipelineError
from antflow.types import DashboardSnapshot, PipelineStats, StatusEvent, WorkerMetrics, WorkerState

HOUR = 3600.0
PATIENCE = 10.0


class FakePipeline:
    """Answers queries from one snapshot."""

    def __init__(self, snapshot: DashboardSnapshot) -> None:
        self.snapshot = snapshot

    def get_dashboard_snapshot(self) -> DashboardSnapshot:
        return self.snapshot

    def get_stats(self) -> PipelineStats:
        return self.snapshot.pipeline_stats

    def get_worker_states(self) -> dict[str, WorkerState]:
        return self.snapshot.worker_states

    def get_worker_metrics(self) -> dict[str, WorkerMetrics]:
        return self.snapshot.worker_metrics


class FakeTracker:
    """Keeps who subscribed."""

    def __init__(self) -> None:
        self.callbacks: list[Any] = []

    def subscribe(self, callback: Any) -> None:
        self.callbacks.append(callback)

    def unsubscribe(self, callback: Any) -> None:
        if callback in self.callbacks:
            self.callbacks.remove(callback)


@pytest.fixture
def pipeline(snapshot: Callable[..., DashboardSnapshot]) -> Any:
    stages = {"Fetch": {"busy": 1, "done": 3, "failed": 1}, "Save": {"workers": 1}}
    return FakePipeline(snapshot(stages=stages))


def make(pipeline: Any, *args: Any, **kwargs: Any) -> PipelineDashboard:
    return PipelineDashboard(pipeline, FakeTracker(), *args, **kwargs)  # type: ignore[arg-type]


def test_queries_are_the_pipelines(pipeline: Any) -> None:
    dashboard = make(pipeline)
    assert dashboard.get_snapshot() is pipeline.snapshot
    assert dashboard.get_stats() is pipeline.snapshot.pipeline_stats
    assert dashboard.get_worker_states() is pipeline.snapshot.worker_states
    assert dashboard.get_worker_metrics() is pipeline.snapshot.worker_metrics


def test_workers_are_active_or_idle(pipeline: Any) -> None:
    dashboard = make(pipeline)
    assert dashboard.get_active_workers() == ["Fetch-W0"]
    assert dashboard.get_idle_workers() == ["Fetch-W1", "Save-W0"]


def test_utilization_is_the_share_of_successes(pipeline: Any) -> None:
    """0.0 before the first item."""
    assert make(pipeline).get_worker_utilization() == {
        "Fetch-W0": 0.75,
        "Fetch-W1": 0.0,
        "Save-W0": 0.0,
    }


def test_subscriptions_are_the_trackers(pipeline: Any) -> None:
    tracker = FakeTracker()
    dashboard = PipelineDashboard(pipeline, tracker)  # type: ignore[arg-type]
    dashboard.subscribe(print)
    assert tracker.callbacks == [print]
    dashboard.unsubscribe(print)
    assert tracker.callbacks == []


def test_unsubscribing_an_unknown_callback_is_ignored(pipeline: Any) -> None:
    tracker = FakeTracker()
    dashboard = PipelineDashboard(pipeline, tracker)  # type: ignore[arg-type]
    dashboard.subscribe(print)
    dashboard.unsubscribe(repr)
    assert tracker.callbacks == [print]


def test_subscribing_without_a_tracker_says_what_to_do(pipeline: Any) -> None:
    dashboard = PipelineDashboard(pipeline, None)
    dashboard.unsubscribe(print)
    with pytest.raises(PipelineError, match="give the same StatusTracker"):
        dashboard.subscribe(print)


async def test_updates_come_at_once_and_with_the_final_state(
    pipeline: Any, snapshot: Callable[..., DashboardSnapshot]
) -> None:
    first, final = pipeline.snapshot, snapshot(9)
    seen: list[DashboardSnapshot] = []
    async with make(pipeline, seen.append, HOUR):
        assert seen == [first]
        pipeline.snapshot = final
    assert len(seen) == 2
    assert seen[1] is final


async def test_updates_come_every_interval_and_may_be_async(pipeline: Any) -> None:
    seen: list[DashboardSnapshot] = []
    enough = asyncio.Event()

    async def on_update(snapshot: DashboardSnapshot) -> None:
        seen.append(snapshot)
        if len(seen) == 4:
            enough.set()

    async with make(pipeline, on_update, 0.001):
        await asyncio.wait_for(enough.wait(), PATIENCE)
    assert len(seen) >= 5


async def test_a_raising_update_never_stops_the_monitoring(
    pipeline: Any, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[int] = []
    enough = asyncio.Event()

    def on_update(snapshot: DashboardSnapshot) -> None:
        calls.append(1)
        if len(calls) == 3:
            enough.set()
        raise RuntimeError("broken")

    with caplog.at_level(logging.ERROR, logger="antflow"):
        async with make(pipeline, on_update, 0.001):
            await asyncio.wait_for(enough.wait(), PATIENCE)
    assert len(caplog.records) == 1


async def test_start_and_stop_may_be_called_twice(pipeline: Any) -> None:
    seen: list[DashboardSnapshot] = []
    dashboard = make(pipeline, seen.append, HOUR)
    await dashboard.stop_monitoring()
    await dashboard.start_monitoring()
    await dashboard.start_monitoring()
    await dashboard.stop_monitoring()
    await dashboard.stop_monitoring()
    assert len(seen) == 2


async def test_monitoring_without_a_callback_does_nothing(pipeline: Any) -> None:
    async with make(pipeline) as dashboard:
        assert dashboard.on_update is None


async def test_several_dashboards_live_side_by_side(pipeline: Any) -> None:
    one: list[DashboardSnapshot] = []
    other: list[DashboardSnapshot] = []
    async with make(pipeline, one.append, HOUR), make(pipeline, other.append, HOUR):
        pass
    assert len(one) == len(other) == 2


@pytest.mark.parametrize("wrong", [0, -0.5])
def test_the_interval_must_be_above_zero(pipeline: Any, wrong: float) -> None:
    with pytest.raises(ValueError, match="update_interval must be seconds > 0"):
        make(pipeline, update_interval=wrong)


def test_the_interval_must_be_a_number(pipeline: Any) -> None:
    with pytest.raises(TypeError, match="update_interval must be a number"):
        make(pipeline, update_interval="fast")


@pytest.mark.parametrize("wrong", [None, object(), "pipeline"])
def test_the_pipeline_must_be_one(wrong: Any) -> None:
    with pytest.raises(TypeError, match="pipeline must be a Pipeline"):
        make(wrong)


def test_the_callback_must_be_callable(pipeline: Any) -> None:
    with pytest.raises(TypeError, match="on_update must be callable"):
        make(pipeline, "print")


async def test_on_a_real_run_events_and_updates_arrive() -> None:
    async def work(value: int) -> int:
        return value

    tracker = StatusTracker()
    real = Pipeline([Stage("Work", 2, [work])], status_tracker=tracker)
    events: list[StatusEvent] = []
    seen: list[DashboardSnapshot] = []
    async with PipelineDashboard(real, tracker, seen.append, HOUR) as dashboard:
        dashboard.subscribe(events.append)
        await real.run(range(5))
        dashboard.unsubscribe(events.append)
    assert [event.status for event in events].count("completed") == 5
    assert [update.pipeline_stats.items_processed for update in seen] == [0, 5]
    assert max(dashboard.get_worker_utilization().values()) == 1.0
