"""What a pipeline answers when asked: live, as copies, with and without a tracker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from antflow import Pipeline, Stage, StatusTracker, WorkerMetrics, WorkerState
from antflow.testing import Flaky, Gate, run_virtual, settle, until

TRACKERS = pytest.mark.parametrize("tracker", [None, StatusTracker], ids=["untracked", "tracked"])


async def same(value: Any) -> Any:
    return value


async def odd_only(value: int) -> int:
    if value % 2 == 0:
        raise ValueError(f"{value} is even")
    return value


def pipeline_of(*tasks: Any, tracker: Any = None, **fields: Any) -> Pipeline:
    stages = [
        Stage(name, tasks=[task], **{"workers": 2, "task_attempts": 1, **fields})
        for name, task in zip("ABC", tasks or [same], strict=False)
    ]
    return Pipeline(stages, status_tracker=tracker and tracker())


# -- names -------------------------------------------------------------------------------------


def test_worker_names_by_stage_before_any_run() -> None:
    pipeline = Pipeline([Stage("Fetch", 3, [same]), Stage("My Stage", 1, [same])])
    assert pipeline.get_worker_names() == {
        "Fetch": ["Fetch-W0", "Fetch-W1", "Fetch-W2"],
        "My Stage": ["My Stage-W0"],
    }


def test_states_and_metrics_before_any_run() -> None:
    pipeline = pipeline_of(same, same)
    assert pipeline.get_worker_states() == {
        name: WorkerState(name, name[0], "idle") for name in ("A-W0", "A-W1", "B-W0", "B-W1")
    }
    assert pipeline.get_worker_metrics()["B-W1"] == WorkerMetrics("B-W1", "B")


def test_stats_before_any_run() -> None:
    stats = pipeline_of(same, same).get_stats()
    assert (stats.items_fed, stats.items_processed, stats.items_in_flight) == (0, 0, 0)
    assert stats.queue_sizes == {"A": 0, "B": 0}
    assert list(stats.stage_stats) == ["A", "B"]


# -- states ------------------------------------------------------------------------------------


@TRACKERS
async def test_a_busy_worker_shows_its_item_its_task_and_since_when(tracker: Any) -> None:
    gate = Gate()
    before = time.time()
    pipeline = pipeline_of(gate, tracker=tracker)
    run = asyncio.create_task(pipeline.run([{"id": "x", "value": 1}]))
    await until(lambda: gate.held == [1])
    states = pipeline.get_worker_states()
    gate.open()
    await run
    (busy,) = [state for state in states.values() if state.status == "busy"]
    assert (busy.stage, busy.current_item_id, busy.current_task) == ("A", "x", "Gate")
    assert busy.waiting_for is None
    assert busy.processing_since is not None
    assert before - 0.1 <= busy.processing_since <= time.time() + 0.1


@TRACKERS
async def test_idle_workers_show_nothing(tracker: Any) -> None:
    pipeline = pipeline_of(odd_only, tracker=tracker)
    await pipeline.run(range(4))
    states = pipeline.get_worker_states()
    assert states == {name: WorkerState(name, "A", "idle") for name in ("A-W0", "A-W1")}


async def test_the_running_task_of_several_is_shown() -> None:
    gate = Gate()
    pipeline = Pipeline([Stage("A", 1, [same, same, gate])])
    run = asyncio.create_task(pipeline.run([1]))
    await until(lambda: gate.held == [1])
    current = pipeline.get_worker_states()["A-W0"].current_task
    gate.open()
    await run
    assert current == "Gate"


async def test_a_worker_that_waits_for_room_says_so() -> None:
    gate = Gate()
    stages = [Stage("A", 1, [same]), Stage("B", 1, [gate], queue_capacity=1)]
    pipeline = Pipeline(stages)
    run = asyncio.create_task(pipeline.run(range(5)))
    await settle()
    state = pipeline.get_worker_states()["A-W0"]
    stats = pipeline.get_stats()
    gate.open()
    await run
    assert (state.status, state.current_item_id, state.waiting_for) == ("busy", 2, "room")
    assert state.current_task is None
    assert stats.stage_stats["A"].in_progress_items == 0


# -- metrics -----------------------------------------------------------------------------------


@TRACKERS
async def test_metrics_count_what_each_worker_processed_and_failed(tracker: Any) -> None:
    pipeline = pipeline_of(odd_only, tracker=tracker, workers=3)
    await pipeline.run(range(30))
    metrics = pipeline.get_worker_metrics().values()
    assert sum(each.items_processed for each in metrics) == 15
    assert sum(each.items_failed for each in metrics) == 15


@TRACKERS
def test_processing_time_is_the_tasks_time(tracker: Any) -> None:
    """One worker, three items of two seconds; the wait between two attempts is counted apart."""
    flaky = Flaky(failures=1)

    async def work(value: int) -> None:
        await asyncio.sleep(2)
        await flaky(value)

    pipeline = pipeline_of(
        work, tracker=tracker, workers=1, task_attempts=2, task_wait_seconds=1000
    )
    run_virtual(pipeline.run(range(3)))
    metrics = pipeline.get_worker_metrics()["A-W0"]
    assert metrics.total_processing_time == pytest.approx(12)
    assert metrics.avg_processing_time == pytest.approx(4)


def test_waiting_for_room_is_no_processing_time() -> None:
    async def slow(value: int) -> None:
        await asyncio.sleep(100)

    stages = [Stage("A", 1, [same]), Stage("B", 1, [slow], queue_capacity=1)]
    pipeline = Pipeline(stages)
    run_virtual(pipeline.run(range(5)))
    metrics = pipeline.get_worker_metrics()
    assert metrics["A-W0"].total_processing_time == pytest.approx(0, abs=1e-6)
    assert metrics["B-W0"].total_processing_time == pytest.approx(500)


def test_last_active_is_when_the_worker_last_ended_an_item() -> None:
    async def work(value: int) -> None:
        await asyncio.sleep(10)

    async def main() -> tuple[Pipeline, float]:
        pipeline = Pipeline([Stage("A", 1, [work])])
        before = time.time()
        await pipeline.start()
        await pipeline.feed([1, 2])
        await pipeline.join()
        await asyncio.sleep(100)
        await pipeline.shutdown()
        return pipeline, before

    pipeline, before = run_virtual(main())
    last = pipeline.get_worker_metrics()["A-W0"].last_active
    assert last is not None
    assert last - before == pytest.approx(20, abs=5)


@TRACKERS
async def test_metrics_accumulate_over_runs(tracker: Any) -> None:
    pipeline = pipeline_of(tracker=tracker)
    for _ in range(3):
        await pipeline.run(range(10))
    assert sum(each.items_processed for each in pipeline.get_worker_metrics().values()) == 30


# -- stats -------------------------------------------------------------------------------------


@TRACKERS
async def test_stats_are_live(tracker: Any) -> None:
    gate = Gate()
    pipeline = pipeline_of(same, gate, tracker=tracker)
    run = asyncio.create_task(pipeline.run(range(6)))
    await settle()
    stats = pipeline.get_stats()
    gate.open()
    await run
    assert (stats.items_fed, stats.items_in_flight, stats.items_processed) == (6, 6, 0)
    assert stats.queue_sizes == {"A": 0, "B": 4}
    assert stats.stage_stats["A"].completed_items == 6
    assert stats.stage_stats["B"].in_progress_items == 2
    assert stats.stage_stats["B"].pending_items == 4


@TRACKERS
async def test_stats_after_a_run(tracker: Any) -> None:
    pipeline = pipeline_of(same, odd_only, tracker=tracker)
    await pipeline.run(range(5))
    stats = pipeline.get_stats()
    assert (stats.items_fed, stats.items_processed, stats.items_failed) == (5, 2, 3)
    assert stats.items_in_flight == 0
    assert stats.stage_stats["A"].completed_items == 5
    assert (stats.stage_stats["B"].completed_items, stats.stage_stats["B"].failed_items) == (2, 3)


def test_items_between_two_attempts_are_waiting_items() -> None:
    """Those whose worker waits with them too, where no more may wait without one."""

    async def main() -> tuple[Pipeline, Any]:
        pipeline = pipeline_of(
            Flaky(failures=1), task_attempts=2, task_wait_seconds=100, queue_capacity=1
        )
        run = asyncio.create_task(pipeline.run([1, 2]))
        await asyncio.sleep(1)
        stats = pipeline.get_stats()
        await run
        return pipeline, stats

    pipeline, stats = run_virtual(main())
    assert stats.stage_stats["A"].waiting_items == 2
    assert stats.stage_stats["A"].in_progress_items == 0
    assert stats.items_in_flight == 2
    assert pipeline.get_stats().stage_stats["A"].waiting_items == 0


@TRACKERS
async def test_at_every_moment_every_item_is_counted_once(tracker: Any) -> None:
    """fed = processed + failed + dropped + cancelled + in flight."""
    pipeline = pipeline_of(same, odd_only, tracker=tracker)
    sums: list[int] = []

    def source() -> Iterator[int]:
        for value in range(200):
            yield value
            stats = pipeline.get_stats()
            outcomes = (stats.items_processed, stats.items_failed, stats.items_in_flight)
            sums.append(stats.items_fed - sum(outcomes))

    await pipeline.run(source())
    assert sums == [0] * 200


# -- snapshots ---------------------------------------------------------------------------------


@TRACKERS
async def test_a_snapshot_holds_what_the_other_questions_answer(tracker: Any) -> None:
    pipeline = pipeline_of(odd_only, tracker=tracker)
    await pipeline.run(range(4))
    snapshot = pipeline.get_dashboard_snapshot()
    assert snapshot.worker_states == pipeline.get_worker_states()
    assert snapshot.worker_metrics == pipeline.get_worker_metrics()
    assert snapshot.pipeline_stats == pipeline.get_stats()
    assert snapshot.error_summary.total_failed == 2
    assert abs(snapshot.timestamp - time.time()) < 60


async def test_a_snapshot_never_changes_after_it_was_taken() -> None:
    pipeline = pipeline_of(odd_only)
    await pipeline.run(range(4))
    snapshot = pipeline.get_dashboard_snapshot()
    before = repr(snapshot)
    await pipeline.run(range(10))
    pipeline.pool_grow("A", 3)
    assert repr(snapshot) == before


async def test_what_you_do_to_an_answer_does_not_reach_the_pipeline() -> None:
    pipeline = pipeline_of(odd_only)
    await pipeline.run(range(4))
    pipeline.get_worker_names()["A"].clear()
    pipeline.get_stats().queue_sizes.clear()
    pipeline.get_error_summary().failed_items.clear()
    pipeline.get_error_summary().errors_by_type.clear()
    assert len(pipeline.get_worker_names()["A"]) == 2
    assert pipeline.get_stats().queue_sizes == {"A": 0}
    assert len(pipeline.get_error_summary().failed_items) == 2
    assert pipeline.get_error_summary().errors_by_type == {"ValueError": 2}


async def test_a_snapshot_lists_the_newest_100_failures_and_counts_all() -> None:
    pipeline = pipeline_of(odd_only)
    await pipeline.run(range(0, 300, 2))
    summary = pipeline.get_dashboard_snapshot().error_summary
    assert (summary.total_failed, len(summary.failed_items)) == (150, 100)
    assert summary.failed_items == pipeline.get_error_summary().failed_items[-100:]


async def test_a_snapshot_can_be_written_as_json() -> None:
    pipeline = pipeline_of(same)
    await pipeline.run([1, 2])
    written = msgspec.json.decode(msgspec.json.encode(pipeline.get_dashboard_snapshot()))
    assert written["pipeline_stats"]["items_processed"] == 2


# -- errors ------------------------------------------------------------------------------------


@TRACKERS
async def test_the_error_summary_is_complete_with_and_without_a_tracker(tracker: Any) -> None:
    pipeline = pipeline_of(same, odd_only, tracker=tracker)
    await pipeline.run(range(4))
    summary = pipeline.get_error_summary()
    assert summary.total_failed == 2
    assert summary.errors_by_type == {"ValueError": 2}
    assert summary.errors_by_stage == {"B": 2}
    first = summary.failed_items[0]
    assert (first.item_id, first.error, first.error_type) == (0, "0 is even", "ValueError")
    assert (first.stage, first.attempts) == ("B", 1)
    assert isinstance(first.exception, ValueError)
    assert first.exception.__traceback__ is not None


async def test_attempts_are_those_really_made() -> None:
    pipeline = pipeline_of(Flaky(failures=9), task_attempts=4, task_wait_seconds=0)
    await pipeline.run(["x"])
    assert pipeline.get_error_summary().failed_items[0].attempts == 4


async def test_exceptions_are_kept_of_the_newest_1000_failures() -> None:
    pipeline = pipeline_of(odd_only)
    await pipeline.run(range(0, 2010, 2))
    failures = pipeline.get_error_summary().failed_items
    kept = [failure.exception is not None for failure in failures]
    assert kept == [False] * 5 + [True] * 1000
    assert failures[0].error == "0 is even"


def test_a_pipeline_without_failures_says_so() -> None:
    assert str(pipeline_of().get_error_summary()) == "No errors occurred"
