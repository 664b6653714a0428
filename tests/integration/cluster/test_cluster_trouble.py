"""`Cluster` when workers die and brokers are away."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import redis
from celery_apps.configured import make_app
from polling import eventually_async
from processes import free_port
from servers import RedisServer

from antflow.cluster import Cluster


async def test_a_killed_worker_is_offline_and_its_task_orphaned(
    redis_url: str, start_worker: Callable[..., Any]
) -> None:
    worker = start_worker(redis_url)
    app = worker.make_app()
    async with Cluster(app) as cluster:
        await eventually_async(lambda: worker.hostname in cluster.state.workers, 15)
        sent = app.send_task("tests.sleep", (60,))
        await eventually_async(lambda: states(cluster).get(sent.id) == "STARTED", 15)
        worker.kill9()
        await eventually_async(lambda: rows(cluster)[worker.hostname].status == "offline", 20)
        detail = await cluster.task(sent.id)
        assert detail is not None
        assert detail.task.orphaned
        assert rows(cluster)[worker.hostname].active == 0


def states(cluster: Cluster) -> dict[str, str]:
    return {uuid: record.state for uuid, record in cluster.state.tasks.items()}


def rows(cluster: Cluster) -> dict[str, Any]:
    return {row.name: row for row in cluster.frame().workers}


async def test_a_broker_that_is_away_at_the_start_is_waited_for(
    start_worker: Callable[..., Any],
) -> None:
    server = RedisServer()
    try:
        began = time.monotonic()
        async with Cluster(broker=server.url) as cluster:
            assert time.monotonic() - began < 10
            await eventually_async(lambda: cluster.frame().health.state == "disconnected", 15)
            assert not cluster.frame().health.connected
            assert cluster.frame().health.reason
            server.start()
            worker = start_worker(server.url)
            await eventually_async(lambda: cluster.frame().health.state == "running", 30)
            assert worker.hostname in rows(cluster)
    finally:
        server.close()


async def test_a_broker_that_dies_shows_soon() -> None:
    server = RedisServer()
    try:
        server.start()
        async with Cluster(make_app(server.url)) as cluster:
            await eventually_async(lambda: cluster.frame().health.connected, 15)
            server.kill()
            await eventually_async(lambda: cluster.frame().health.state == "disconnected", 30)
    finally:
        server.close()


async def test_nobody_listens_and_stop_returns() -> None:
    cluster = Cluster(broker=f"redis://127.0.0.1:{free_port()}/0")
    await cluster.start()
    await cluster.stop()
    began = time.monotonic()
    await cluster.stop()
    assert time.monotonic() - began < 10


async def test_a_cluster_that_was_stopped_holds_no_connection() -> None:
    server = RedisServer()
    try:
        server.start()
        cluster = Cluster(broker=server.url)
        with redis.Redis.from_url(server.url) as broker:
            for _ in range(2):
                await cluster.start()
                await eventually_async(lambda: len(cluster.frame().queues) > 0, 15)
                await cluster.stop()
                await eventually_async(lambda: len(broker.client_list()) == 1, 15)
    finally:
        server.close()


async def test_a_restart_shows_the_same_tasks(
    redis_url: str, start_worker: Callable[..., Any], tmp_path: Path
) -> None:
    worker = start_worker(redis_url)
    app = worker.make_app()
    url = f"sqlite:///{tmp_path / 'history.db'}"
    async with Cluster(app, history=url) as cluster:
        await eventually_async(lambda: worker.hostname in cluster.state.workers, 15)
        sent = app.send_task("tests.fail", ("kept",))
        await eventually_async(lambda: states(cluster).get(sent.id) == "FAILURE", 15)
        before = cluster.state.tasks[sent.id].exception
    async with Cluster(app, history=url) as again:
        assert states(again)[sent.id] == "FAILURE"
        assert again.state.tasks[sent.id].exception == before
        assert again.frame().failures[0].count == 1


async def test_an_unreadable_history_does_not_stop_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'no' / 'such' / 'folder' / chr(0)}/history.db"
    cluster = Cluster(broker="memory://", history=url)
    await cluster.start()
    assert cluster.settings()["history"]["problems"]
    await cluster.stop()
