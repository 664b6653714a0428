"""What workers said of themselves last."""

from __future__ import annotations

from antflow.cluster.events.told import Told


def test_a_workers_last_words_are_its_heartbeats() -> None:
    told = Told()
    beat = {"type": "worker-heartbeat", "hostname": "w", "active": 3}
    told.take([beat, {"type": "task-started", "hostname": "w"}], 0)
    assert told.workers == {"w": beat}


def test_a_worker_is_known_by_its_first_task_and_a_client_is_no_worker() -> None:
    told = Told()
    told.take(
        [{"type": "task-started", "hostname": "w"}, {"type": "task-sent", "hostname": "client"}], 0
    )
    assert list(told.workers) == ["w"]


def asked(told: Told, kind: str, times: int) -> list[bool]:
    answers = []
    for _ in range(times):
        told.arrived = set()
        told.take([{"type": kind, "hostname": "w"}], 0)
        answers.append(told.arrived == {"w"})
    return answers


def test_workers_that_come_or_come_back_are_asked_a_few_times() -> None:
    told = Told()
    assert asked(told, "worker-heartbeat", 6) == [True] * 4 + [False] * 2
    assert asked(told, "worker-online", 1) == [True]
    assert asked(told, "worker-heartbeat", 6) == [True] * 3 + [False] * 3


def test_events_of_odd_fields_are_passed_over() -> None:
    told = Told()
    told.take([{}, {"type": 5, "hostname": "w"}, {"type": "worker-x", "hostname": ["w"]}], 2)
    assert told.workers == {}
    assert told.malformed == 2


def test_forgotten_workers_leave() -> None:
    told = Told()
    told.take([{"type": "worker-heartbeat", "hostname": name} for name in "ab"], 0)
    told.forget_all_but({"b"})
    assert list(told.workers) == ["b"]
