"""A worker that comes while the cluster is followed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from celery_apps.configured import make_app
from polling import eventually_async

from antflow.cluster import Cluster, following


async def test_a_new_worker_is_asked_without_waiting_for_the_next_round(
    redis_url: str, start_worker: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "RECONCILE_EVERY", 3_600.0)
    async with Cluster(make_app(redis_url)) as cluster:
        await eventually_async(lambda: cluster.frame().health.connected)
        worker = start_worker(redis_url, concurrency=2)
        await eventually_async(
            lambda: (
                [(w.name, w.concurrency) for w in cluster.frame().workers] == [(worker.hostname, 2)]
            ),
            30,
        )
