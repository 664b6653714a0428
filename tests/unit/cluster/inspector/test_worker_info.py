"""What is made of a worker's answers."""

from __future__ import annotations

from antflow.cluster.inspector.heartbeats import Heartbeat, heartbeat_of
from antflow.cluster.inspector.worker_info import worker_info


def test_what_a_worker_did_not_say_is_left_out() -> None:
    assert worker_info("w@h", {}, None, 5.0) == {
        "hostname": "w@h",
        "status": "online",
        "timestamp": 5.0,
    }


def test_counts_come_from_stats_and_active() -> None:
    answers = {"stats": {"total": {"a": 2, "b": 3}, "clock": "17"}, "active": [{}, {}]}
    info = worker_info("w@h", answers, None, 5.0)
    assert (info["processed"], info["active"], info["clock"]) == (5, 2, 17)


def test_texts_that_stand_for_figures_become_figures() -> None:
    pool = {"max-tasks-per-child": "N/A", "timeouts": [0, 3], "writes": {"avg": "0.50", "all": ""}}
    found = worker_info("w@h", {"stats": {"pool": pool}}, None, 5.0)["pool"]
    assert found["max-tasks-per-child"] == 0
    assert found["timeouts"] == [0.0, 3.0]
    assert found["writes"] == {"avg": 0.5, "all": ""}
    assert found["processes"] == []


def test_writes_that_are_not_told_are_none() -> None:
    found = worker_info("w@h", {"stats": {"pool": {"writes": "N/A"}}}, None, 5.0)["pool"]
    assert found["writes"] == {"total": 0, "all": "", "avg": 0.0}


def test_registered_are_names_without_their_settings() -> None:
    answers = {"registered": ["a.b", "c.d [rate_limit=10/m]"]}
    assert worker_info("w@h", answers, None, 5.0)["registered"] == ["a.b", "c.d"]


def test_answers_of_the_wrong_kind_are_left_out() -> None:
    answers = {"stats": "broken", "active": None, "registered": 3, "active_queues": {"error": "x"}}
    assert worker_info("w@h", answers, None, 5.0).keys() == {"hostname", "status", "timestamp"}


def test_load_and_software_come_from_the_heartbeat() -> None:
    beat = Heartbeat((1.0, 2.0, 3.0), "py-celery", "5.5", "Linux")
    info = worker_info("w@h", {}, beat, 5.0)
    assert info["load"] == [1.0, 2.0, 3.0]
    assert (info["sw_ident"], info["sw_ver"], info["sw_sys"]) == ("py-celery", "5.5", "Linux")


def test_other_events_are_no_heartbeats() -> None:
    assert heartbeat_of({"type": "task-sent", "loadavg": [1, 2, 3]}) is None


def test_a_heartbeat_without_a_whole_load_has_none() -> None:
    beat = heartbeat_of({"type": "worker-heartbeat", "loadavg": [1, 2], "sw_ver": 7})
    assert beat is not None
    assert (beat.load, beat.sw_ver) == (None, None)
