"""Promise 8: a snapshot is a consistent copy, costs O(stages + workers) whatever the number of
items seen, and never changes after it was taken.
"""

from __future__ import annotations

import asyncio
import copy
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from evidence import same, virtually, watched

from antflow import DROP, DashboardSnapshot, Pipeline, PipelineDashboard, Stage, StatusTracker
from antflow.testing import Flaky, Gate, settle


async def mixed(value: int) -> Any:
    await asyncio.sleep(0.01 * (value % 3))
    if value % 10 == 3:
        raise ValueError(value)
    return DROP if value % 10 == 4 else value


def mixed_pipeline(tracked: bool = True) -> Pipeline:
    stages = [
        Stage("First", 3, [Flaky(1), mixed], task_wait_seconds=0.05),
        Stage("Last", 2, [mixed], skip_if=lambda value: value % 10 == 5, queue_capacity=1),
    ]
    return Pipeline(stages, status_tracker=StatusTracker() if tracked else None)


def take_at_every_moment(pipeline: Pipeline, items: int) -> list[DashboardSnapshot]:
    """One after each round of the loop while the items pass."""
    taken: list[DashboardSnapshot] = []

    async def main() -> None:
        watched().watch = lambda: taken.append(pipeline.get_dashboard_snapshot())
        await pipeline.run(range(items))

    virtually(main())
    return taken


@pytest.mark.parametrize("tracked", [False, True])
def test_a_snapshot_is_consistent(tracked: bool) -> None:
    """Its parts tell of one and the same moment."""
    snapshots = take_at_every_moment(mixed_pipeline(tracked), 60)
    assert len(snapshots) > 100
    for snapshot in snapshots:
        stats = snapshot.pipeline_stats
        ended = stats.items_processed + stats.items_failed + stats.items_dropped
        assert stats.items_fed == ended + stats.items_cancelled + stats.items_in_flight
        assert stats.items_failed == snapshot.error_summary.total_failed
        assert stats.items_failed == sum(snapshot.error_summary.errors_by_type.values())
        states, metrics = snapshot.worker_states, snapshot.worker_metrics
        assert list(states) == list(metrics)
        for name, stage in stats.stage_stats.items():
            assert stage.pending_items == stats.queue_sizes[name]
            of_stage = [metric for metric in metrics.values() if metric.stage == name]
            failed = sum(metric.items_failed for metric in of_stage)
            assert (
                failed == stage.failed_items == snapshot.error_summary.errors_by_stage.get(name, 0)
            )
            busy = Counter(one.status for one in states.values() if one.stage == name)["busy"]
            assert stage.in_progress_items <= busy
            here = stage.pending_items + stage.in_progress_items + stage.waiting_items
            assert here <= stats.items_in_flight


def test_the_items_in_flight_are_in_the_stages() -> None:
    """Where nothing waits for room, every item in flight is in one of the three counts."""
    pipeline = Pipeline(
        [Stage("First", 2, [Flaky(1), Gate()], task_wait_seconds=5), Stage("L", 1, [same])]
    )
    taken: list[DashboardSnapshot] = []

    async def main() -> None:
        run = asyncio.create_task(pipeline.run(range(8)))
        for _ in range(30):
            await asyncio.sleep(0.5)
            taken.append(pipeline.get_dashboard_snapshot())
        run.cancel()
        await asyncio.wait([run])

    virtually(main())
    for snapshot in taken:
        stages = snapshot.pipeline_stats.stage_stats.values()
        here = sum(s.pending_items + s.in_progress_items + s.waiting_items for s in stages)
        assert here == snapshot.pipeline_stats.items_in_flight == 8


def deep(snapshot: DashboardSnapshot) -> str:
    return repr(snapshot)


def test_a_snapshot_never_changes_after_it_was_taken() -> None:
    pipeline = mixed_pipeline()
    taken: list[tuple[DashboardSnapshot, str]] = []

    def take() -> None:
        snapshot = pipeline.get_dashboard_snapshot()
        taken.append((snapshot, deep(snapshot)))

    async def main() -> None:
        watched().watch = take
        await pipeline.run(range(40))
        await pipeline.run(range(40))

    virtually(main())
    assert len({text for _, text in taken}) > 100
    assert [snapshot for snapshot, text in taken if deep(snapshot) != text] == []


ANSWERS: dict[str, Callable[[Pipeline], Any]] = {
    "get_stats": Pipeline.get_stats,
    "get_worker_names": Pipeline.get_worker_names,
    "get_worker_states": Pipeline.get_worker_states,
    "get_worker_metrics": Pipeline.get_worker_metrics,
    "get_dashboard_snapshot": Pipeline.get_dashboard_snapshot,
    "get_error_summary": Pipeline.get_error_summary,
    "tracker.get_stats": lambda pipeline: pipeline.tracker and pipeline.tracker.get_stats(),
    "tracker.get_history": lambda pipeline: pipeline.tracker and pipeline.tracker.get_history(3),
    "tracker.get_tracked_ids": lambda pipeline: (
        pipeline.tracker and pipeline.tracker.get_tracked_ids()
    ),
    "tracker.get_failed_items": lambda pipeline: (
        pipeline.tracker and pipeline.tracker.get_failed_items()
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_is_a_copy(name: str) -> None:
    """What the caller does to it reaches neither the pipeline nor the next caller."""
    pipeline = mixed_pipeline()
    virtually(pipeline.run(range(40)))
    ask = ANSWERS[name]
    answer = ask(pipeline)
    before = repr(answer)
    spoil(answer)
    again = ask(pipeline)
    if name == "get_dashboard_snapshot":
        before = before.rpartition("timestamp")[0]
    assert repr(again).startswith(before)


def spoil(answer: Any) -> None:
    """Empty every list and dict in it."""
    if isinstance(answer, dict):
        for value in answer.values():
            spoil(value)
        if answer:
            answer.clear()
    elif isinstance(answer, list):
        for value in answer:
            spoil(value)
        answer.clear()
    elif hasattr(answer, "__struct_fields__"):
        for field in answer.__struct_fields__:
            spoil(getattr(answer, field))


def test_the_records_of_a_snapshot_are_frozen() -> None:
    pipeline = mixed_pipeline()
    virtually(pipeline.run(range(10)))
    snapshot = pipeline.get_dashboard_snapshot()
    records: list[Any] = [snapshot, snapshot.pipeline_stats, snapshot.error_summary]
    records += snapshot.pipeline_stats.stage_stats.values()
    records += snapshot.worker_states.values()
    records += snapshot.worker_metrics.values()
    records += snapshot.error_summary.failed_items
    for record in records:
        assert record.__struct_fields__
        for field in record.__struct_fields__:
            with pytest.raises(AttributeError):
                setattr(record, field, None)


def test_a_snapshot_can_be_copied_deeply() -> None:
    pipeline = mixed_pipeline()
    virtually(pipeline.run(range(10)))
    snapshot = pipeline.get_dashboard_snapshot()
    assert repr(copy.deepcopy(snapshot)) == repr(snapshot)


# -- cost ------------------------------------------------------------------------------------------


def calls_of(question: Callable[[], Any]) -> int:
    """How many calls, of Python and C functions, answering takes: the work, without a clock."""
    calls = 0

    def count(frame: Any, event: str, arg: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    question()
    sys.setprofile(count)
    try:
        question()
    finally:
        sys.setprofile(None)
    return calls


def cost_after(items: int, *, workers: int = 3, tracked: bool = True) -> int:
    """The cost of a snapshot in the midst of a run, after so many items, a tenth of them failed."""
    found: list[int] = []

    async def work(value: int) -> int:
        if value % 10 == 3:
            raise ValueError(value)
        return value

    gate = Gate()

    async def hold_the_last(value: int) -> int:
        return int(await gate(value)) if value >= items else value

    stages = [
        Stage("First", workers, [work], task_attempts=1, queue_capacity=50),
        Stage("Last", workers, [hold_the_last], queue_capacity=20),
    ]
    tracker = StatusTracker() if tracked else None
    pipeline = Pipeline(stages, collect_results=False, status_tracker=tracker)
    dashboard = PipelineDashboard(pipeline, tracker)

    async def main() -> None:
        await pipeline.start()
        await pipeline.feed(range(items + workers + 30))
        await settle()
        found.append(calls_of(dashboard.get_snapshot))
        gate.open()
        await pipeline.join()
        await pipeline.shutdown()

    virtually(main())
    return found[0]


@pytest.mark.parametrize("tracked", [False, True])
def test_the_cost_does_not_depend_on_the_number_of_items_seen(
    tracked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = cost_after(1_100, tracked=tracked)
    many = cost_after(12_000, tracked=tracked)
    assert abs(many - few) <= 5


def test_the_cost_does_not_depend_on_the_number_of_items_that_wait() -> None:
    """Neither of those in the queues nor of those that are due for another attempt."""

    def cost(items: int) -> int:
        found: list[int] = []
        task = Flaky(1)
        stage = Stage("Only", 2, [task, Gate()], task_wait_seconds=5, queue_capacity=0)
        pipeline = Pipeline([stage])

        async def main() -> None:
            await pipeline.start()
            await pipeline.feed(range(items))
            await settle()
            found.append(calls_of(pipeline.get_dashboard_snapshot))
            pipeline.pause("Only")
            await asyncio.sleep(10)
            found.append(calls_of(pipeline.get_dashboard_snapshot))
            pipeline.resume("Only")
            await settle()
            found.append(calls_of(pipeline.get_dashboard_snapshot))
            await pipeline.feed(range(items))
            found.append(calls_of(pipeline.get_dashboard_snapshot))
            await pipeline.shutdown(0)

        virtually(main())
        return max(found)

    assert abs(cost(2000) - cost(20)) <= 20


def test_the_cost_grows_with_stages_and_workers_only_in_proportion() -> None:
    costs = [cost_after(300, workers=workers) for workers in (5, 50, 100)]
    a_worker = (costs[1] - costs[0]) / 45
    assert costs[2] - costs[1] <= 1.2 * 50 * a_worker + 50
