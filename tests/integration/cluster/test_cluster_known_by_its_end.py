"""A task of which only the end was seen."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from celery_apps.configured import make_app
from polling import eventually_async

from antflow.cluster import Cluster


async def test_its_name_and_arguments_come_from_the_result_backend(
    redis_url: str, backend_url: str, start_worker: Callable[..., Any]
) -> None:
    worker = start_worker(redis_url, backend_url)
    app = make_app(redis_url, backend_url)
    result = app.send_task("tests.add", (1, 2))
    await eventually_async(lambda: result.state == "SUCCESS", 20)
    async with Cluster(app) as cluster:
        await eventually_async(lambda: worker.hostname in cluster.state.workers, 20)
        end = {
            "type": "task-succeeded",
            "uuid": result.id,
            "hostname": worker.hostname,
            "timestamp": time.time(),
            "result": "3",
            "runtime": 0.1,
            "clock": 100,
            "pid": worker.pid,
            "utcoffset": 0,
        }
        cluster.state.apply([end])
        assert cluster.state.tasks[result.id].name is None
        cluster._parts.following._reconnected(0.0)
        await eventually_async(lambda: cluster.state.tasks[result.id].name == "tests.add", 20)
        assert cluster.state.tasks[result.id].args == "[1, 2]"
        assert cluster.state.meters.types["tests.add"].succeeded <= 1
