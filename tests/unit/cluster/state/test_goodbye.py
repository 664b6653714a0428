"""A worker that says it goes: its tasks are its own for a moment more."""

from __future__ import annotations

from event_stream import START, Worker

from antflow.cluster.state import ClusterState


def goodbye(worker: Worker) -> ClusterState:
    """A state in which a worker took its leave at second 2 with a task started."""
    state = ClusterState()
    state.apply([worker.beats(0), worker.received("a", 1), worker.started("a", 1)], START + 1)
    state.apply([worker.beats(2, kind="offline")], START + 2)
    return state


def test_it_is_offline_at_once() -> None:
    worker = goodbye(Worker()).workers["celery@one"]
    assert not worker.online
    assert worker.active == 0


def test_what_it_leaves_is_orphaned_soon() -> None:
    state = goodbye(Worker())
    state.tick(START + 3)
    assert state.tasks["a"].orphaned is None
    applied = state.tick(START + 5)
    assert state.tasks["a"].orphaned == START + 5
    assert set(applied.tasks) == {"a"}
    assert state.workers["celery@one"].running == {}


def test_one_that_only_lost_its_broker_keeps_its_tasks() -> None:
    worker = Worker()
    state = goodbye(worker)
    state.apply([worker.beats(2.1, kind="online")], START + 2.1)
    state.tick(START + 5)
    assert state.workers["celery@one"].online
    assert state.tasks["a"].orphaned is None
    assert list(state.workers["celery@one"].running) == ["a"]


def test_nobody_is_judged_while_nothing_can_arrive() -> None:
    state = goodbye(Worker())
    state.tick(START + 60, judging=False)
    assert state.tasks["a"].orphaned is None
