"""The direct subscription honours the app's options for Redis; kombu's own publisher is heard."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import redis
from celery import Celery
from polling import eventually, eventually_async
from processes import Child, free_port
from servers import RedisServer, need_program
from workers import WorkerProcess

from antflow.cluster.events import Events


def send(app: Celery, compression: str | None = None) -> None:
    with app.connection_for_write() as connection:
        dispatcher = app.events.Dispatcher(connection, hostname="w@h")
        event = {"type": "task-received", "uuid": "a", "hostname": "w@h", "timestamp": 1e9}
        exchange = dispatcher.exchange
        dispatcher.producer.publish(
            event,
            exchange=exchange,
            declare=[exchange],
            routing_key="task.received",
            serializer="json",
            compression=compression,
        )
        dispatcher.close()


async def hears(app: Celery, **options: Any) -> None:
    events = Events(app, enable_events=False)
    events.start()
    try:
        await eventually_async(lambda: events.health().connected, timeout=20)
        await asyncio.to_thread(send, app, **options)
        await eventually_async(lambda: "a" in events.state.tasks)
    finally:
        events.stop()
        app.close()


@pytest.mark.parametrize(
    "options",
    [
        {"global_keyprefix": "tenant-"},
        {"fanout_prefix": False},
        {"fanout_prefix": "/mine."},
        {"fanout_patterns": False},
        {"body_encoding": None},
        {"health_check_interval": 5, "socket_keepalive": True},
    ],
    ids=str,
)
async def test_transport_options_hold(redis_url: str, options: dict[str, Any]) -> None:
    await hears(Celery(broker=redis_url, broker_transport_options=options, set_as_current=False))


async def test_compressed_events_are_heard(redis_url: str) -> None:
    await hears(Celery(broker=redis_url, set_as_current=False), compression="gzip")


async def test_another_exchange_is_heard(redis_url: str) -> None:
    app = Celery(broker=redis_url, set_as_current=False)
    app.conf.event_exchange = "myevents"
    await hears(app)


async def test_the_next_address_is_tried_where_the_first_is_dead(redis_url: str) -> None:
    dead = f"redis://127.0.0.1:{free_port()}/0"
    await hears(Celery(broker=f"{dead};{redis_url}", set_as_current=False))


async def test_a_unix_socket_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "redis.sock"
    program = need_program("redis-server")
    command = [program, "--port", "0", "--unixsocket", str(path), "--dir", str(tmp_path)]
    child = Child(command, tmp_path / "log")
    try:
        eventually(path.exists)
        await hears(Celery(broker=f"redis+socket://{path}", set_as_current=False))
    finally:
        child.kill()


def sentinel(folder: Path, port: int) -> Child:
    own = free_port()
    config = folder / "sentinel.conf"
    config.write_text(
        f"port {own}\nbind 127.0.0.1\ndir {folder}\nsentinel monitor mymaster 127.0.0.1 {port} 1\n"
    )
    child = Child([need_program("redis-server"), str(config), "--sentinel"], folder / "log")
    child.port = own  # type: ignore[attr-defined]
    return child


async def test_the_master_is_found_by_sentinel(redis_server: RedisServer, tmp_path: Path) -> None:
    child = sentinel(tmp_path, redis_server.port)
    port = child.port  # type: ignore[attr-defined]

    def knows_the_master() -> bool:
        try:
            with redis.Redis(port=port) as client:
                return client.execute_command("SENTINEL", "MASTERS") != []
        except redis.ConnectionError:
            return False

    try:
        eventually(knows_the_master)
        options = {"master_name": "mymaster"}
        url = f"sentinel://127.0.0.1:{port}/7"
        await hears(Celery(broker=url, broker_transport_options=options, set_as_current=False))
    finally:
        child.kill()


async def test_workers_that_started_without_e_send_events_all_the_same(redis_url: str) -> None:
    worker = WorkerProcess(redis_url, pool="solo", conf={"worker_send_task_events": False})
    worker._command.remove("-E")
    app = worker.make_app()
    events = Events(app)
    events.start()  # before the worker: it is asked when it is first seen
    try:
        await eventually_async(lambda: events.health().connected, timeout=20)
        await asyncio.to_thread(worker.start)
        await eventually_async(lambda: "enabled by remote" in worker.text, timeout=20)
        task = app.send_task("tests.add", [1, 2])
        await eventually_async(lambda: task.id in events.state.tasks, timeout=20)
        await eventually_async(lambda: events.state.tasks[task.id].state == "SUCCESS", timeout=20)
    finally:
        events.stop()
        worker.close()
