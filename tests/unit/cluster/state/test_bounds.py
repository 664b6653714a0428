"""What leaves when there is too much, and what comes from elsewhere."""

from __future__ import annotations

import gc
from collections import deque

import pytest
from event_stream import START, Worker

from antflow.cluster.state import ClusterState, TaskRecord, order
from antflow.cluster.state.meters import TYPES_AT_MOST


def test_the_oldest_finished_leave_first_failures_later_running_ones_last() -> None:
    state, worker = ClusterState(max_tasks=10), Worker()
    state.apply([worker.received("runs", 0), worker.started("runs", 0)], START)
    state.apply([worker.received("fails", 1), worker.failed("fails", 1)], START)
    for number in range(30):
        state.apply(worker.whole(f"t{number}", 2 + number), START)
        assert len(state.tasks) <= 10
    assert {"runs", "fails", "t29"} <= set(state.tasks)
    assert "t0" not in state.tasks
    assert sum(state.states().values()) == 10
    assert state.find()[1] == 10


def test_more_running_tasks_than_there_is_room_for_keep_to_the_bound() -> None:
    state, worker = ClusterState(max_tasks=10), Worker()
    for number in range(30):
        state.apply([worker.started(f"t{number}", number)], START)
    assert len(state.tasks) == 10
    assert len(state.workers["celery@one"].running) == 10
    assert state.meters.types[""].running == 10


def test_a_late_event_does_not_bring_back_a_task_that_left() -> None:
    state, worker = ClusterState(max_tasks=5), Worker()
    first = worker.whole("first", 0)
    state.apply(first, START)
    for number in range(10):
        state.apply(worker.whole(f"t{number}", 1), START)
    state.apply(first, START + 2)
    assert "first" not in state.tasks


def test_task_types_without_end_are_counted_together() -> None:
    state, worker = ClusterState(max_tasks=10), Worker()
    for number in range(TYPES_AT_MOST + 50):
        state.apply([worker.received(f"t{number}", 0, name=f"type {number}")], START)
    assert len(state.meters.types) <= TYPES_AT_MOST + 1
    assert state.tasks[f"t{TYPES_AT_MOST + 49}"].name == f"type {TYPES_AT_MOST + 49}"


def test_restored_tasks_do_not_overwrite_what_is_newer() -> None:
    state, worker = ClusterState(), Worker()
    state.apply(worker.whole("a", 10), START + 10)
    old = TaskRecord("a", state="STARTED", name="job", received=START)
    failed = TaskRecord(
        "b", state="FAILURE", name="job", received=START, failed=START + 1, exception="KeyError(1)"
    )
    assert state.restore([old, failed]) == 1
    assert state.tasks["a"].state == "SUCCESS"
    assert [task.uuid for task in state.find()[0]] == ["a", "b"]
    assert state.states() == {"SUCCESS": 1, "FAILURE": 1}
    assert [group.exception for group in state.failures.largest()] == ["KeyError"]


def test_the_newest_are_restored_where_there_is_not_room_for_all() -> None:
    state = ClusterState(max_tasks=2)
    rows = [TaskRecord(f"t{n}", state="SUCCESS", received=START + n) for n in range(4)]
    assert state.restore(reversed(rows)) == 2
    assert set(state.tasks) == {"t2", "t3"}


def test_a_restored_rejected_task_leaves_as_other_ended_ones_do() -> None:
    state, worker = ClusterState(max_tasks=3), Worker()
    states = ("REJECTED", "SUCCESS", "SUCCESS")
    state.restore(TaskRecord(f"t{n}", state=each, received=n) for n, each in enumerate(states, 1))
    state.apply([worker.received("new", 10)], START)
    assert set(state.tasks) == {"t2", "t3", "new"}


def test_a_restored_running_task_is_orphaned_where_its_worker_never_shows() -> None:
    state = ClusterState(clock=lambda: START)
    state.restore([TaskRecord("a", name="job", state="STARTED", worker="w", started=START - 9)])
    state.tick(START + 1)
    assert state.tasks["a"].orphaned is None
    state.tick(START + 5)
    assert state.tasks["a"].orphaned == START + 5


@pytest.mark.parametrize(
    ("known", "learned", "after"),
    [
        ("STARTED", "SUCCESS", "SUCCESS"),
        ("RECEIVED", "STARTED", "STARTED"),
        ("STARTED", "RECEIVED", "STARTED"),
        ("SUCCESS", "STARTED", "SUCCESS"),
        ("FAILURE", "SUCCESS", "SUCCESS"),
        ("SUCCESS", "FAILURE", "SUCCESS"),
        ("STARTED", "NONSENSE", "STARTED"),
    ],
)
def test_what_is_learned_counts_as_an_event_would(known: str, learned: str, after: str) -> None:
    state, worker = ClusterState(), Worker()
    events = {
        "RECEIVED": [worker.received("a", 0)],
        "STARTED": [worker.received("a", 0), worker.started("a", 1)],
        "SUCCESS": worker.whole("a", 0),
        "FAILURE": [worker.received("a", 0), worker.failed("a", 1)],
    }
    state.apply(events[known], START)
    state.learn([TaskRecord("a", state=learned, worker="celery@one", timestamp=START + 2)])
    assert state.tasks["a"].state == after
    assert state.states() == {after: 1}
    assert state.meters.types["job"].running == (after == "STARTED")


@pytest.mark.parametrize("told", [True, False])
def test_an_end_that_is_learned_before_its_event_counts_once_for_its_worker(told: bool) -> None:
    state, worker = ClusterState(), Worker()
    *before, end = worker.whole("a", 0)
    state.apply(before, START)
    state.learn([TaskRecord("a", state="SUCCESS", timestamp=START + 2)])
    if told:
        state.apply([end], START + 3)
    assert state.workers["celery@one"].succeeded == 1
    assert state.meters.types["job"].succeeded == 1


def test_a_task_that_no_event_told_of_is_learned() -> None:
    state = ClusterState(clock=lambda: START)
    applied = state.learn([TaskRecord("a", name="job", state="STARTED", worker="w", args="(1,)")])
    assert set(applied.tasks) == {"a"}
    assert state.workers["w"].running == {"a": None}
    assert state.find("state:started")[1] == 1


def test_records_that_left_are_let_go_though_nobody_searches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(order, "PENDING_AT_MOST", 10)
    state, worker = ClusterState(max_tasks=20), Worker()
    state.apply(worker.whole("first", 0), START)
    first = state.tasks["first"]
    for number in range(200):
        state.apply(worker.whole(f"t{number}", number), START + number)
    holders = [held for held in gc.get_referrers(first) if isinstance(held, list | deque | dict)]
    assert [held for held in holders if held is not globals() and len(held) > 10] == []
