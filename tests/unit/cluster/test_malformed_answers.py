"""What workers and result backends answer may be anything; it costs nobody else."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest

from antflow.cluster.inspector.heartbeats import heartbeat_of
from antflow.cluster.inspector.roster import Roster
from antflow.cluster.picture import worker_views
from antflow.cluster.reconcile import in_hand
from antflow.cluster.results import as_record
from antflow.cluster.state import ClusterState, TaskRecord
from antflow.cluster.views import task_view

WRONG: list[Any] = [None, 5, math.nan, "x\ud800", "soon", ["\ud800"], {"a": {}}, [[]], "x" * 9_000]


def known(*found: TaskRecord | None) -> ClusterState:
    """A state that learned this twice: as something new, and of something known."""
    state = ClusterState()
    for _ in range(2):
        state.learn([record for record in found if record is not None])
    return state


def texts(state: ClusterState) -> str:
    """All tasks as a page gets them."""
    return msgspec.json.encode([task_view(each) for each in state.tasks.values()]).decode()


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("field", ["id", "name", "args", "time_start", "delivery_info", "exchange"])
def test_a_task_in_a_worker_s_hands_with_a_wrong_field_hides_no_other(
    field: str, wrong: Any
) -> None:
    way = {"exchange": wrong, "routing_key": wrong}
    task = {"id": "a", "name": "job"} | (
        {"delivery_info": way} if field == "exchange" else {field: wrong}
    )
    state = known(
        *in_hand({"w": {"active": [task, {"id": "b", "name": "job", "time_start": 1.0}]}})
    )
    assert state.tasks["b"].state == "STARTED"
    assert '"b"' in texts(state)


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("field", ["name", "worker", "args", "result", "traceback", "retries"])
def test_a_result_with_a_wrong_field_is_kept_with_the_others(field: str, wrong: Any) -> None:
    for status in ("SUCCESS", "FAILURE"):
        state = known(as_record("a", {"status": status, field: wrong}, 1.0))
        assert state.tasks["a"].state == status
        assert '"a"' in texts(state)


@pytest.mark.parametrize("wrong", WRONG)
def test_an_answer_of_another_shape_hides_no_worker(wrong: Any) -> None:
    answers = {
        "odd": {"stats": {"total": {"a": wrong}, "pool": wrong}, "active": wrong},
        "odder": {"stats": {"total": wrong}, "active_queues": [{"alias": wrong}, wrong]},
        "good": {"stats": {"total": {"job": 7}}, "active_queues": [{"name": "mail"}]},
    }
    rows = {row.name: row for row in worker_views(ClusterState(), answers)}
    assert (rows["good"].processed, rows["good"].queues) == (7, ("mail",))
    assert len(rows) == 3


@pytest.mark.parametrize("wrong", WRONG)
def test_an_answer_about_revoked_tasks_of_another_shape_is_passed_over(wrong: Any) -> None:
    roster = Roster()
    roster.keep("w", "revoked", wrong)
    roster.keep("w", "revoked", ["a", wrong])
    assert "a" in roster.workers["w"]["revoked"]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_heartbeat_with_a_wrong_load_has_none(wrong: Any) -> None:
    event = {"type": "worker-heartbeat", "hostname": "w", "sw_ver": "5"}
    for load in (wrong, ["x", wrong, 1.0], [10**400, 1.0, 1.0]):
        beat = heartbeat_of({**event, "loadavg": load})
        assert beat is not None
        assert (beat.load, beat.sw_ver) == (None, "5")
