"""What the page about it tells of a cluster."""

from __future__ import annotations

from antflow.cluster import Cluster


def test_a_result_backends_password_is_left_out_whatever_is_in_it() -> None:
    cluster = Cluster(broker="memory://", backend="redis://:s3;cret@host/0")
    assert cluster.settings()["result_backend"] == "redis://host/0"


def test_no_result_backend_is_none() -> None:
    assert Cluster(broker="memory://").settings()["result_backend"] is None
