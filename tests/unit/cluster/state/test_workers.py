"""Workers: known at once, offline in time, what they ran orphaned."""

from __future__ import annotations

import pytest
from event_stream import START, Worker

from antflow.cluster.state import ClusterState


def test_a_worker_is_known_from_its_first_event() -> None:
    state = ClusterState()
    applied = state.apply([Worker().started("a", 1)], START + 1)
    assert applied.workers == {"celery@one"}
    assert state.workers["celery@one"].online


def test_a_worker_silent_for_more_than_two_heartbeats_is_offline_by_our_clock() -> None:
    state, worker = ClusterState(), Worker(ahead=300.0)
    state.apply([worker.beats(0)], START)
    assert state.tick(START + 4.0).workers == set()
    assert state.tick(START + 4.1).workers == {"celery@one"}
    assert not state.workers["celery@one"].online
    state.apply([worker.beats(6)], START + 6)
    assert state.workers["celery@one"].online


def test_tasks_of_a_dead_worker_are_orphaned_and_its_figures_go_to_0() -> None:
    state, worker = ClusterState(), Worker()
    state.apply([worker.received("a", 0), worker.started("a", 0)], START)
    assert state.meters.types["job"].running == 1
    applied = state.tick(START + 10)
    assert set(applied.tasks) == {"a"}
    assert state.tasks["a"].orphaned == START + 10
    assert state.workers["celery@one"].running == {}
    assert state.meters.types["job"].running == 0


@pytest.mark.parametrize("how", ["finished elsewhere", "worker back"])
def test_an_orphan_heals(how: str) -> None:
    state, one, two = ClusterState(), Worker(), Worker("celery@two", pid=20)
    state.apply([one.received("a", 0), one.started("a", 0)], START)
    state.tick(START + 10)
    event = two.succeeded("a", 12) if how == "finished elsewhere" else one.beats(12)
    state.apply([event], START + 12)
    assert state.tasks["a"].orphaned is None
    expected = (0, "SUCCESS") if how == "finished elsewhere" else (1, "STARTED")
    assert (state.meters.types["job"].running, state.tasks["a"].state) == expected


def test_a_restart_under_the_same_name_orphans_what_the_old_process_ran() -> None:
    state, old, new = ClusterState(), Worker(), Worker(pid=11)
    state.apply([old.beats(0, processed=50), old.received("a", 1), old.started("a", 1)], START + 1)
    state.apply([new.beats(2, kind="online"), old.beats(1.5, processed=51)], START + 2)
    assert state.tasks["a"].orphaned == START + 2
    assert state.workers["celery@one"].pid == 11
    assert state.workers["celery@one"].missed == 0


def test_a_late_event_after_goodbye_does_not_bring_a_worker_back() -> None:
    state, worker = ClusterState(), Worker()
    beat, started = worker.beats(0), worker.started("a", 1)
    state.apply([beat, worker.beats(2, kind="offline"), started], START + 2)
    assert not state.workers["celery@one"].online
    assert state.tasks["a"].orphaned == START + 2


def test_tasks_processed_and_not_told_of_are_counted_from_the_first_heartbeat_on() -> None:
    state, worker = ClusterState(), Worker()
    state.apply([worker.beats(0, processed=1_000)], START)
    state.apply([*worker.whole("a", 1), worker.beats(2, processed=1_004)], START + 2)
    assert state.workers["celery@one"].missed == 0  # its task events may be under way
    state.apply([worker.beats(4, processed=1_004)], START + 4)
    assert state.workers["celery@one"].missed == 3


def test_drift_is_that_of_the_least_delayed_event() -> None:
    state, worker = ClusterState(), Worker(ahead=300.0)
    for second, delay in enumerate((0.1, 3.0, 0.2)):
        state.apply([worker.beats(second * 5)], START + second * 5 + delay)
    assert state.workers["celery@one"].drift == pytest.approx(299.9)


def test_offline_workers_are_purged_in_time_with_their_figures() -> None:
    state, worker = ClusterState(purge_offline_workers=60.0), Worker()
    state.apply(worker.whole("a", 0), START)
    state.tick(START + 10)
    state.tick(START + 69)
    assert "celery@one" in state.workers
    state.tick(START + 71)
    assert dict(state.workers) == {}
    assert state.meters.events_total == {}


def test_workers_silent_longest_leave_first() -> None:
    state = ClusterState(max_workers=2)
    for number in range(4):
        state.apply([Worker(f"w{number}").beats(number)], START + number)
    assert set(state.workers) == {"w2", "w3"}


def test_time_without_a_connection_is_not_held_against_workers() -> None:
    state = ClusterState()
    state.apply([Worker().beats(0)], START)
    state.forgive(30.0)
    state.tick(START + 31)
    assert state.workers["celery@one"].online
