"""What a flow makes of a series of snapshots."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from antflow.flow import Flow, FlowReport, capacities_of
from antflow.pipeline.stage import Stage
from antflow.types import DashboardSnapshot

Snapshots = Callable[..., DashboardSnapshot]


def _steady(snapshot: Snapshots, flow: Flow, per_second: int, until: float) -> FlowReport:
    report = flow.observe(snapshot(0, in_flight=1))
    for half in range(1, int(until * 2) + 1):
        report = flow.observe(snapshot(half / 2, processed=half * per_second // 2, in_flight=1))
    return report


def test_throughput_is_what_ended_per_second(snapshot: Snapshots) -> None:
    report = _steady(snapshot, Flow(), per_second=40, until=20)
    assert report.throughput == pytest.approx(40)
    assert report.average == pytest.approx(40)


def test_throughput_is_of_the_last_ten_seconds(snapshot: Snapshots) -> None:
    flow = Flow()
    _steady(snapshot, flow, per_second=40, until=20)
    for second in range(21, 32):
        report = flow.observe(snapshot(second, processed=800 + (second - 20) * 2, in_flight=1))
    assert report.throughput == pytest.approx(2)
    assert report.average == pytest.approx(822 / 31)


def test_a_few_slow_items_give_a_rate_over_a_longer_time(snapshot: Snapshots) -> None:
    """One item every 15 s is no throughput of zero."""
    flow = Flow()
    for second in range(60):
        report = flow.observe(snapshot(second, processed=second // 15, in_flight=1))
    assert report.throughput == pytest.approx(3 / 59)


def test_the_time_left_follows_from_the_pace(snapshot: Snapshots) -> None:
    report = _steady(snapshot, Flow(total=1_000), per_second=40, until=10)
    assert report.eta_seconds == pytest.approx(15)
    assert report.eta_range == pytest.approx((15, 15))
    assert report.fraction == pytest.approx(0.4)


def test_the_range_of_the_time_left_spans_the_paces(snapshot: Snapshots) -> None:
    flow = Flow(total=1_000)
    _steady(snapshot, flow, per_second=10, until=30)
    for second in range(31, 41):
        report = flow.observe(snapshot(second, processed=300 + (second - 30) * 40, in_flight=1))
    assert report.eta_range is not None
    assert report.eta_seconds is not None
    fast, slow = report.eta_range
    assert fast < report.eta_seconds <= slow


def test_an_unknown_total_has_no_time_left(snapshot: Snapshots) -> None:
    report = _steady(snapshot, Flow(), per_second=40, until=10)
    assert (report.eta_seconds, report.eta_range, report.fraction) == (None, None, None)


def test_no_items_are_all_done(snapshot: Snapshots) -> None:
    report = Flow(total=0).observe(snapshot())
    assert (report.fraction, report.eta_seconds, report.complete) == (1.0, 0.0, True)


def test_the_time_left_is_unknown_before_anything_ended(snapshot: Snapshots) -> None:
    report = Flow(total=10).observe(snapshot(in_flight=3))
    assert report.eta_seconds is None
    assert report.health == "starting"


def test_counts_are_those_since_the_first_snapshot(
    snapshot: Snapshots, failure: Callable[..., Any]
) -> None:
    """A pipeline counts over all its runs; a display tells of this run."""
    flow = Flow(total=5)
    old = [failure(kind="OSError"), failure()]
    flow.observe(snapshot(0, {"Work": {"done": 100, "failed": 2}}, failures=old))
    report = flow.observe(
        snapshot(1, {"Work": {"done": 103, "failed": 3}}, failures=[*old, failure()])
    )
    assert (report.processed, report.failed, report.finished) == (3, 1, 4)
    assert (report.stages[0].done, report.stages[0].failed) == (3, 1)
    assert report.errors_by_type == {"ValueError": 1}
    assert report.fraction == pytest.approx(0.8)


def test_a_stage_that_makes_several_items_of_one_raises_the_total(snapshot: Snapshots) -> None:
    flow = Flow(total=2)
    flow.observe(snapshot(0))
    report = flow.observe(snapshot(1, processed=3, in_flight=3))
    assert (report.total, report.fraction) == (6, 0.5)


def test_stage_rates_count_arrivals_and_departures(snapshot: Snapshots) -> None:
    flow = Flow()
    for second in range(6):
        stage = {"queued": second * 3, "done": second * 5, "busy": 2}
        report = flow.observe(snapshot(second, {"Work": stage}, in_flight=1))
    assert report.stages[0].rate_out == pytest.approx(5)
    assert report.stages[0].rate_in == pytest.approx(8)


def test_stage_time_is_per_item_and_as_a_share_of_its_workers(snapshot: Snapshots) -> None:
    flow = Flow()
    flow.observe(snapshot(0, {"Work": {"done": 10, "task_seconds": 50.0}}))
    stage = {"done": 18, "failed": 2, "task_seconds": 60.0, "workers": 2}
    report = flow.observe(snapshot(10, {"Work": stage}))
    assert report.stages[0].avg_seconds == pytest.approx(1.0)
    assert report.stages[0].utilisation == pytest.approx(0.5)


def test_queue_capacities_come_from_the_stages() -> None:
    async def work(value: int) -> int:
        return value

    stages = [
        Stage("Bounded", 3, [work]),
        Stage("Unbounded", 3, [work], queue_capacity=0),
        Stage("Pull", 3, [work], pull=True),
    ]
    assert capacities_of(stages) == {"Bounded": 30, "Unbounded": None, "Pull": 0}


def test_health_is_failing_where_a_fifth_of_the_last_items_failed(
    snapshot: Snapshots, failure: Callable[..., Any]
) -> None:
    flow = Flow()
    flow.observe(snapshot(0))
    failures = [failure()] * 2
    assert flow.observe(snapshot(1, processed=9, failed=1, in_flight=1)).health == "healthy"
    failed = snapshot(2, failures=failures, processed=8, failed=2, in_flight=1)
    assert flow.observe(failed).health == "failing"


def test_one_failure_among_the_first_items_is_no_alarm(snapshot: Snapshots) -> None:
    flow = Flow()
    flow.observe(snapshot(0))
    assert flow.observe(snapshot(1, processed=0, failed=1, in_flight=5)).health == "healthy"


def test_health_is_stalled_where_nothing_moves(snapshot: Snapshots) -> None:
    flow = Flow()
    flow.observe(snapshot(0))
    flow.observe(snapshot(1, processed=9, in_flight=1))
    report = flow.observe(snapshot(31, processed=9, in_flight=1))
    assert report.health == "stalled"
    assert report.quiet_seconds == pytest.approx(30)


@pytest.mark.parametrize(
    "stage",
    [
        {"retrying": 1},
        {"busy": 1, "held": {"rate": 1}},
        {"task_seconds": 100.0, "done": 9},
    ],
    ids=["waits for a retry", "waits for its rate", "tasks are long"],
)
def test_a_pipeline_that_waits_as_told_is_not_stalled(
    snapshot: Snapshots, stage: dict[str, Any]
) -> None:
    flow = Flow()
    flow.observe(snapshot(0))
    flow.observe(snapshot(1, processed=9, in_flight=1))
    assert flow.observe(snapshot(31, {"Work": stage}, processed=9, in_flight=1)).health == "healthy"


def test_cancelled_items_are_no_throughput(snapshot: Snapshots) -> None:
    flow = Flow(total=500)
    flow.observe(snapshot(0))
    report = flow.observe(snapshot(10, processed=100, cancelled=200))
    assert (report.worked_off, report.finished) == (100, 300)
    assert report.throughput == report.average == pytest.approx(10)
    assert report.eta_seconds == pytest.approx(20)


def test_a_clock_set_back_gives_no_negative_figures(snapshot: Snapshots) -> None:
    flow = Flow(total=100)
    _steady(snapshot, flow, per_second=4, until=10)
    report = flow.observe(snapshot(-3_000, processed=41, in_flight=1))
    assert report.elapsed == pytest.approx(10)
    assert report.throughput == 0
    assert report.average == pytest.approx(4.1)


def test_many_updates_a_second_take_bounded_memory(snapshot: Snapshots) -> None:
    flow = Flow()
    for step in range(5_000):
        report = flow.observe(snapshot(step / 100, processed=step, in_flight=1))
    assert len(list(flow._window.latest(60))) <= 60 / 0.2 + 2
    assert len(report.history) <= 60
    assert report.throughput == pytest.approx(100, rel=0.05)


def test_a_stage_that_is_new_in_a_later_snapshot_is_reported(snapshot: Snapshots) -> None:
    flow = Flow()
    flow.observe(snapshot(0, {"A": {}}))
    report = flow.observe(snapshot(1, {"A": {}, "B": {"done": 2, "task_seconds": 1.0}}))
    assert [stage.name for stage in report.stages] == ["A", "B"]
    assert report.stages[1].done == 2
