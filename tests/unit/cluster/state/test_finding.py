"""Rows sorted and paged."""

from __future__ import annotations

import random

import pytest
from event_stream import START, Worker

from antflow.cluster.state import ClusterState, TaskRecord


@pytest.mark.parametrize("different", [1, 3, 100, 1_000_000])
@pytest.mark.parametrize("unknown", [0.0, 0.1, 0.95])
def test_a_page_is_the_beginning_of_all_rows_sorted(different: int, unknown: float) -> None:
    chance, state = random.Random(7), ClusterState()
    state.restore(
        TaskRecord(
            f"t{number}",
            state="SUCCESS",
            received=1_000.0 + number,
            runtime=None if chance.random() < unknown else float(chance.randrange(different)),
        )
        for number in range(2_500)
    )
    for sort in ("runtime", "-runtime"):
        whole = [row.uuid for row in state.find(sort=sort)[0]]
        for limit in (1, 3, 40, 125):
            rows, total = state.find(sort=sort, limit=limit)
            assert [row.uuid for row in rows] == whole[:limit]
            assert total == 2_500


def test_a_rejected_task_has_its_place_by_when_it_was_finished() -> None:
    state = ClusterState()
    state.restore(
        [
            TaskRecord("a", state="SUCCESS", received=1.0, succeeded=5.0),
            TaskRecord("b", state="REJECTED", received=2.0, rejected=9.0),
            TaskRecord("c", state="STARTED", received=3.0, started=4.0),
        ]
    )
    assert [row.uuid for row in state.find(sort="-finished")[0]] == ["b", "a", "c"]


def test_rows_that_equal_each_other_stand_newest_first() -> None:
    state = ClusterState()
    state.restore(
        TaskRecord(f"t{number}", name="job", state="SUCCESS", received=1_000.0 + number)
        for number in range(100)
    )
    for sort in ("name", "-name"):
        rows, _ = state.find(sort=sort, limit=3)
        assert [row.uuid for row in rows] == ["t99", "t98", "t97"]


def test_what_ended_is_told_newest_first_failures_among_the_others() -> None:
    state, worker = ClusterState(), Worker()
    for number in range(6):
        first, second, *end = worker.whole(f"t{number}", float(number))
        if number % 2:
            end = [worker.failed(f"t{number}", number + 0.6)]
        state.apply([first, second, *end], START)
    state.apply([worker.received("waits", 9.0)], START)
    assert [task.uuid for task in state.ended()] == ["t5", "t4", "t3", "t2", "t1", "t0"]


def test_what_ended_more_than_once_is_told_once() -> None:
    state, worker = ClusterState(), Worker()
    rejected = worker.says("task-rejected", 0.0, uuid="a")
    state.apply([worker.received("a", 0.0), rejected, *worker.whole("a", 1.0)], START)
    failed = worker.failed("b", 2.0)
    state.apply([worker.received("b", 2.0), failed, worker.succeeded("b", 2.1)], START)
    assert [(task.uuid, task.state) for task in state.ended()] == [
        ("b", "SUCCESS"),
        ("a", "SUCCESS"),
    ]


def test_what_ended_and_goes_on_is_not_told() -> None:
    state, worker = ClusterState(), Worker()
    rejected = worker.says("task-rejected", 0.0, uuid="a")
    state.apply([worker.received("a", 0.0), rejected, worker.received("a", 1.0)], START)
    assert state.tasks["a"].state == "RECEIVED"
    assert list(state.ended()) == []
