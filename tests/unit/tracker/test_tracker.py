"""`StatusTracker`: its queries, over runs, twins and several pipelines."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from antflow import DROP, Pipeline, Stage, StatusEvent, StatusTracker
from antflow.testing import Flaky, Gate, Recording, run_virtual, settle, until

SIX = ["queued", "in_progress", "completed", "failed", "retrying", "skipped"]


async def same(value: Any) -> Any:
    return value


async def odd_only(value: int) -> int:
    if value % 2 == 0:
        raise ValueError(f"{value} is even")
    return value


def tracked(*tasks: Any, tracker: StatusTracker | None = None, **fields: Any) -> Pipeline:
    options = {"workers": 1, "task_attempts": 1, **fields}
    stages = [
        Stage(name, tasks=[task], **options)
        for name, task in zip("ABC", tasks or [same], strict=False)
    ]
    return Pipeline(stages, status_tracker=tracker or StatusTracker())


def tracker_of(pipeline: Pipeline) -> StatusTracker:
    assert pipeline.tracker is not None
    return pipeline.tracker


# -- one run -----------------------------------------------------------------------------------


async def test_get_status_is_the_newest_event() -> None:
    pipeline = tracked(odd_only)
    await pipeline.run([1, 2])
    good, bad = (tracker_of(pipeline).get_status(number) for number in (0, 1))
    assert isinstance(good, StatusEvent)
    assert isinstance(bad, StatusEvent)
    assert (good.status, good.stage, good.worker, good.worker_id) == ("completed", "A", "A-W0", 0)
    assert (bad.status, bad.metadata["error"]) == ("failed", "2 is even")


async def test_an_unknown_id_has_no_status_and_no_history() -> None:
    tracker = StatusTracker()
    assert tracker.get_status("nobody") is None
    assert tracker.get_history("nobody") == []


async def test_tracked_ids_stand_in_the_order_of_their_first_feeding() -> None:
    pipeline = tracked()
    await pipeline.run([{"id": name, "value": 1} for name in "cab"])
    await pipeline.run([{"id": name, "value": 1} for name in "bd"])
    assert tracker_of(pipeline).get_tracked_ids() == ["c", "a", "b", "d"]


async def test_get_by_status_gives_the_newest_event_of_each_such_item() -> None:
    pipeline = tracked(odd_only)
    await pipeline.run(range(4))
    found = tracker_of(pipeline).get_by_status("failed")
    assert [(event.item_id, event.status) for event in found] == [(0, "failed"), (2, "failed")]
    assert found == [tracker_of(pipeline).get_status(number) for number in (0, 2)]


async def test_no_item_has_an_unknown_status() -> None:
    pipeline = tracked()
    await pipeline.run([1])
    assert tracker_of(pipeline).get_by_status("melted") == []  # type: ignore[arg-type]


def test_stats_have_all_six_statuses_from_the_beginning() -> None:
    tracker = tracker_of(tracked())
    assert list(tracker.get_stats()) == SIX
    assert set(tracker.get_stats().values()) == {0}
    assert StatusTracker().get_stats() == dict.fromkeys(SIX, 0)


async def test_stats_count_items_by_their_newest_status() -> None:
    async def skip_five(value: int) -> bool:
        return value == 5

    pipeline = tracked(odd_only, skip_if=skip_five)
    await pipeline.run(range(6))
    assert tracker_of(pipeline).get_stats() == dict(zip(SIX, [0, 0, 2, 3, 0, 1], strict=True))


async def test_a_skipped_item_that_goes_on_counts_by_its_later_status() -> None:
    stages = [Stage("A", 1, [same], skip_if=bool), Stage("B", 1, [same])]
    tracker = StatusTracker()
    await Pipeline(stages, status_tracker=tracker).run([1, 1])
    stats = tracker.get_stats()
    assert (stats["completed"], stats["skipped"]) == (2, 0)


async def test_dropped_and_cancelled_appear_where_there_are_any() -> None:
    async def drop(value: int) -> Any:
        return DROP

    gate = Gate()
    dropping = tracked(drop)
    await dropping.run([1])
    assert list(tracker_of(dropping).get_stats()) == [*SIX, "dropped"]
    held = tracked(gate)
    run = asyncio.create_task(held.run([1, 2]))
    await settle()
    run.cancel()
    await asyncio.wait([run])
    assert tracker_of(held).get_stats() == {**dict.fromkeys(SIX, 0), "cancelled": 2}


async def test_stats_and_queries_are_live_and_agree() -> None:
    gate = Gate()
    pipeline = tracked(same, gate, workers=2)
    run = asyncio.create_task(pipeline.run(range(6)))
    await until(lambda: len(gate.held) == 2)
    await settle()
    tracker = tracker_of(pipeline)
    stats = tracker.get_stats()
    by_status: dict[str, int] = {status: len(tracker.get_by_status(status)) for status in stats}
    gate.open()
    await run
    assert (stats["queued"], stats["in_progress"], stats["completed"]) == (4, 2, 0)
    assert by_status == stats


def test_items_between_attempts_are_retrying_whoever_waits() -> None:
    """One waits without a worker, the other holds one: no more may wait without."""

    async def main() -> tuple[dict[Any, int], list[Any]]:
        pipeline = tracked(
            Flaky(failures=1), workers=2, task_attempts=2, task_wait_seconds=100, queue_capacity=1
        )
        run = asyncio.create_task(pipeline.run(["a", "b"]))
        await asyncio.sleep(1)
        tracker = tracker_of(pipeline)
        found = dict(tracker.get_stats()), tracker.get_by_status("retrying")
        await run
        return found

    stats, retrying = run_virtual(main())
    assert (stats["retrying"], stats["in_progress"]) == (2, 0)
    assert [event.item_id for event in retrying] == [0, 1]


# -- failures ----------------------------------------------------------------------------------


async def test_failed_items_and_the_error_summary_are_those_of_the_pipeline() -> None:
    pipeline = tracked(odd_only)
    await pipeline.run(range(4))
    tracker = tracker_of(pipeline)
    assert tracker.get_failed_items() == pipeline.get_error_summary().failed_items
    assert tracker.get_error_summary() == pipeline.get_error_summary()
    assert str(tracker.get_error_summary()) == str(pipeline.get_error_summary())


def test_without_a_pipeline_there_are_no_errors() -> None:
    assert str(StatusTracker().get_error_summary()) == "No errors occurred"
    assert StatusTracker().get_failed_items() == []


# -- over runs ---------------------------------------------------------------------------------


async def test_the_history_of_an_id_tells_its_newest_run() -> None:
    pipeline = tracked(Flaky(failures=1))
    await pipeline.run([7])
    first = [event.status for event in tracker_of(pipeline).get_history(0)]
    await pipeline.run([7])
    second = [event.status for event in tracker_of(pipeline).get_history(0)]
    assert first == ["queued", "in_progress", "failed"]
    assert second == ["queued", "in_progress", "completed"]


@pytest.mark.parametrize("run", [asyncio.run, run_virtual])
def test_also_when_the_newest_run_was_in_another_event_loop(run: Any) -> None:
    pipeline = tracked()
    for _ in range(2):
        run(pipeline.run([7]))
    assert len(tracker_of(pipeline).get_history(0)) == 3


async def test_counts_accumulate_over_runs_while_histories_give_way() -> None:
    pipeline = tracked()
    for _ in range(3):
        await pipeline.run(range(5))
    assert tracker_of(pipeline).get_stats()["completed"] == 15
    assert len(tracker_of(pipeline).get_tracked_ids()) == 5


async def test_items_of_an_earlier_run_are_still_known() -> None:
    pipeline = tracked()
    await pipeline.run([{"id": "old", "value": 1}])
    await pipeline.run([{"id": "new", "value": 1}])
    assert [event.status for event in tracker_of(pipeline).get_history("old")] == [
        "queued",
        "in_progress",
        "completed",
    ]


# -- twins -------------------------------------------------------------------------------------


async def test_twins_share_a_history_in_the_order_of_time() -> None:
    pipeline = tracked()
    await pipeline.run([{"id": "x", "value": 1}, {"id": "x", "value": 2}])
    tracker = tracker_of(pipeline)
    events = tracker.get_history("x")
    assert sorted(event.status for event in events) == sorted(
        ["queued", "in_progress", "completed"] * 2
    )
    assert [event.timestamp for event in events] == sorted(event.timestamp for event in events)
    assert tracker.get_tracked_ids() == ["x"]
    assert tracker.get_stats()["completed"] == 2


async def test_a_twin_that_comes_last_says_the_status() -> None:
    pipeline = tracked(odd_only)
    await pipeline.run([{"id": "x", "value": 1}, {"id": "x", "value": 2}])
    status = tracker_of(pipeline).get_status("x")
    assert status is not None
    assert status.status == "failed"


async def test_twins_of_an_earlier_run_give_way_too() -> None:
    pipeline = tracked()
    await pipeline.run([{"id": "x", "value": 1}, {"id": "x", "value": 2}])
    await pipeline.run([{"id": "x", "value": 3}])
    assert len(tracker_of(pipeline).get_history("x")) == 3


# -- several pipelines -------------------------------------------------------------------------


async def test_two_pipelines_on_one_tracker_at_once() -> None:
    recording = Recording()
    tracker = StatusTracker(on_status_change=recording)
    first = Pipeline([Stage("A", 2, [odd_only], task_attempts=1)], status_tracker=tracker)
    second = Pipeline([Stage("B", 2, [same])], status_tracker=tracker)
    items = [{"id": f"second {number}", "value": number} for number in range(10)]
    await asyncio.gather(first.run(range(10)), second.run(items))
    stats = tracker.get_stats()
    assert (stats["completed"], stats["failed"]) == (15, 5)
    assert len(tracker.get_tracked_ids()) == 20
    assert tracker.get_error_summary().errors_by_stage == {"A": 5}
    assert {event.stage for event in tracker.get_history("second 3")} == {"B"}
    assert len(recording.events) == 60


async def test_two_pipelines_that_fail_are_summed_up_in_the_order_of_time() -> None:
    tracker = StatusTracker()
    for name in "AB":
        stage = Stage(name, 1, [odd_only], task_attempts=1)
        await Pipeline([stage], status_tracker=tracker).run([2, 4])
    summary = tracker.get_error_summary()
    assert (summary.total_failed, summary.errors_by_stage) == (4, {"A": 2, "B": 2})
    assert [failure.stage for failure in summary.failed_items] == ["A", "A", "B", "B"]


# -- a bound -----------------------------------------------------------------------------------


async def test_max_items_keeps_so_many_histories_and_counts_stay_exact() -> None:
    pipeline = tracked(odd_only, tracker=StatusTracker(max_items=10))
    await pipeline.run(range(100))
    tracker = tracker_of(pipeline)
    assert len(tracker.get_tracked_ids()) == 10
    assert tracker.get_stats()["completed"] == 50
    assert tracker.get_error_summary().total_failed == 50


async def test_the_oldest_finished_items_leave_first() -> None:
    pipeline = tracked(tracker=StatusTracker(max_items=3))
    await pipeline.run(range(10))
    assert tracker_of(pipeline).get_tracked_ids() == [7, 8, 9]


async def test_items_on_their_way_are_kept_beyond_the_bound() -> None:
    gate = Gate()
    pipeline = tracked(gate, workers=5, tracker=StatusTracker(max_items=2))
    run = asyncio.create_task(pipeline.run(range(5)))
    await until(lambda: len(gate.held) == 5)
    during = tracker_of(pipeline).get_tracked_ids()
    gate.open()
    await run
    assert during == [0, 1, 2, 3, 4]
    assert len(tracker_of(pipeline).get_tracked_ids()) == 2


async def test_a_bound_holds_for_failed_dropped_cancelled_and_skipped_items_too() -> None:
    async def all_sorts(value: int) -> Any:
        if value % 3 == 0:
            raise ValueError("no")
        return DROP if value % 3 == 1 else value

    pipeline = tracked(
        all_sorts, skip_if=lambda value: value % 10 == 0, tracker=StatusTracker(max_items=1)
    )
    await pipeline.run(range(60))
    assert len(tracker_of(pipeline).get_tracked_ids()) == 1


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"max_items": 0}, "max_items must be at least 1"),
        ({"buffer": 0}, "buffer must be at least 1"),
        ({"overflow": "burst"}, "overflow must be one of"),
    ],
)
def test_bad_settings_are_refused(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        StatusTracker(**options)
