"""Whether what is shown can be trusted."""

from __future__ import annotations

from antflow.cluster.freshness import judged
from antflow.cluster.state import WorkerRecord
from antflow.source import Health

NOW = 1_000.0
HEARD = Health("running", last_event=NOW)


def worker(seen: float = NOW, online: bool = True, drift: float = 0.0) -> WorkerRecord:
    return WorkerRecord("a", online=online, last_seen=seen, freq=2.0, drift=drift)


def test_with_a_worker_online_and_heard_it_runs() -> None:
    assert judged(HEARD, [worker()], NOW).state == "running"


def test_without_a_worker_it_is_idle() -> None:
    assert judged(HEARD, [], NOW).state == "idle"
    assert judged(HEARD, [worker(online=False)], NOW).state == "idle"


def test_silence_over_two_heartbeats_is_stale() -> None:
    heard = Health("running", last_event=NOW - 4.5)
    assert judged(heard, [worker(NOW - 4.5)], NOW).state == "stale"
    assert judged(heard, [worker(NOW - 3.5)], NOW).state == "running"


def test_without_a_connection_it_is_disconnected_with_the_reason() -> None:
    told = Health("disconnected", connected=False, reason="connection refused")
    health = judged(told, [worker()], NOW)
    assert (health.state, health.reason) == ("disconnected", "connection refused")


def test_before_the_first_connection_it_is_starting() -> None:
    assert judged(Health("starting", connected=False), [], NOW).state == "starting"


def test_a_broker_that_could_not_be_asked_gives_the_reason() -> None:
    assert judged(HEARD, [worker()], NOW, "no answer").reason == "no answer"


def test_clocks_more_than_a_second_apart_are_told() -> None:
    assert judged(HEARD, [worker(drift=300.0)], NOW).drift == {"a": 300.0}
    assert judged(HEARD, [worker(drift=0.5)], NOW).drift == {}
