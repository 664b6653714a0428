"""Figures: per type, over the last minute and hour; failures in groups; stuck tasks."""

from __future__ import annotations

import pytest
from event_stream import START, Worker

from antflow.cluster.exception_class import exception_class
from antflow.cluster.state import ClusterState
from antflow.cluster.state.durations import HourOfDurations


def test_quantiles_are_within_a_bucket_of_the_truth() -> None:
    hour = HourOfDurations()
    for number in range(1, 1_001):
        hour.put(number / 100)
    latency = hour.latency()
    assert latency.p50 == pytest.approx(5.0, rel=0.08)
    assert latency.p99 == pytest.approx(9.9, rel=0.08)


def test_quantiles_forget_what_is_older_than_an_hour() -> None:
    hour = HourOfDurations()
    hour.put(100.0)
    hour.turn(30)
    hour.put(1.0)
    assert hour.count == 2
    hour.turn(31)
    assert hour.count == 1
    assert hour.latency().p99 == pytest.approx(1.0, rel=0.08)
    hour.turn(60)
    assert (hour.count, hour.latency().p50) == (0, None)


def test_throughput_covers_the_last_minute() -> None:
    state, worker = ClusterState(), Worker()
    for second in range(30):
        state.apply(worker.whole(f"t{second}", second), START + second)
    state.tick(START + 30)
    meter = state.meters.types["job"]
    assert meter.throughput == state.meters.throughput == pytest.approx(0.5)
    assert sum(state.meters.history) == 30
    state.tick(START + 200)
    assert state.meters.throughput == 0.0


def test_waiting_runs_from_received_to_started() -> None:
    state, worker = ClusterState(), Worker()
    state.apply([worker.received("a", 0), worker.received("b", 0)], START)
    assert state.meters.types["job"].waiting == 2
    assert state.meters.prefetched == {("celery@one", "job"): 2.0}
    state.apply([worker.started("a", 3)], START + 3)
    assert state.meters.types["job"].waits().p50 == pytest.approx(3.0, rel=0.08)
    assert state.meters.prefetch_time == {("celery@one", "job"): 3.0}
    assert state.meters.prefetched == {("celery@one", "job"): 1.0}


def test_runtimes_are_counted_in_buckets_per_worker_and_type() -> None:
    state, worker = ClusterState(), Worker()
    state.apply(worker.whole("a", 0, runtime=0.3), START)
    histogram = state.meters.runtimes["celery@one", "job"]
    assert (histogram.count, histogram.total) == (1, 0.3)
    assert dict(histogram.cumulative())[0.25] == 0
    assert dict(histogram.cumulative())[0.5] == 1


def test_failures_are_grouped_by_exception_and_type() -> None:
    state, worker = ClusterState(), Worker()
    for number, text in enumerate(["ValueError('a')", "ValueError('b')", "KeyError(1)"]):
        uuid = f"t{number}"
        state.apply(
            [worker.received(uuid, number), worker.failed(uuid, number, text)], START + number
        )
    largest = state.failures.largest()
    assert [(group.exception, group.count) for group in largest] == [
        ("ValueError", 2),
        ("KeyError", 1),
    ]
    assert (largest[0].first, largest[0].last) == (START, START + 1)
    assert (largest[0].newest, largest[0].message) == ("t1", "ValueError('b')")
    assert sum(largest[0].trend(START + 60)) == 2
    assert sum(largest[0].trend(START + 7_200)) == 0
    assert state.meters.types["job"].failure_ratio == 1.0


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ValueError('x')", "ValueError"),
        ("billiard.exceptions.WorkerLostError('gone')", "billiard.exceptions.WorkerLostError"),
        ("<class 'KeyError'>", "KeyError"),
        ("", "Exception"),
        (None, "Exception"),
        ("((((", "Exception"),
    ],
)
def test_the_class_is_read_off_the_exceptions_text(text: str | None, name: str) -> None:
    assert exception_class(text) == name


def test_a_task_far_over_its_types_usual_time_is_stuck_until_it_ends() -> None:
    state, worker = ClusterState(), Worker()
    for number in range(20):
        state.apply(worker.whole(f"t{number}", 0, runtime=2.0), START)
    state.apply([worker.received("slow", 1), worker.started("slow", 1)], START + 1)
    beats = [worker.beats(9), worker.beats(13)]
    state.apply(beats[:1], START + 9)
    assert state.tick(START + 10).tasks == {}
    state.apply(beats[1:], START + 13)
    assert set(state.tick(START + 13).tasks) == {"slow"}
    assert state.tasks["slow"].stuck
    assert len(state.meters.types["job"].stuck) == 1
    state.apply([worker.succeeded("slow", 14)], START + 14)
    assert not state.tasks["slow"].stuck
    assert state.meters.types["job"].stuck == {}
