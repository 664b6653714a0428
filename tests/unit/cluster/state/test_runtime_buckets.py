"""Bounds of the histograms of runtimes."""

from __future__ import annotations

from typing import Any

from antflow.cluster.state import ClusterState


def event(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "uuid": "a", "hostname": "w", "timestamp": 1.0, "clock": 1, **more}


def test_they_are_those_that_were_given() -> None:
    state = ClusterState(runtime_buckets=(5.0, 1.0))
    state.apply([event("task-received", name="t"), event("task-succeeded", runtime=2.0)])
    found = state.meters.runtimes["w", "t"]
    assert found.cumulative() == [(1.0, 0), (5.0, 1), (float("inf"), 1)]
