"""C2, C3: the broker goes away, is silent, or cuts us off; we say so and are back soon."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import redis
from celery import Celery
from polling import eventually_async
from proxy import FaultProxy
from rabbit import RabbitServer
from servers import RedisServer

from antflow.cluster.events import Events

Opener = Callable[..., Any]


@pytest.fixture
async def opened() -> AsyncIterator[Opener]:
    started: list[Events] = []

    async def make(url: str) -> Events:
        events = Events(Celery(broker=url, set_as_current=False), enable_events=False)
        started.append(events)
        events.start()
        await eventually_async(lambda: events.health().connected, timeout=20)
        return events

    yield make
    for events in started:
        events.stop()


@pytest.fixture(params=["redis_server", "rabbit_server"])
async def proxied(
    opened: Opener, request: pytest.FixtureRequest, fault_proxy: Callable[[int], FaultProxy]
) -> tuple[Events, FaultProxy]:
    """Events of a Redis and of a RabbitMQ, and the network that they come through."""
    server = request.getfixturevalue(request.param)
    proxy = fault_proxy(server.port)
    events = await opened(server.fresh_url().replace(str(server.port), str(proxy.port)))
    return events, proxy


async def test_a_killed_redis_is_said_and_found_again(
    opened: Opener, redis_server: RedisServer
) -> None:
    events = await opened(redis_server.fresh_url())
    deaf: list[float] = []
    events.on_reconnected.append(deaf.append)
    redis_server.kill()
    await eventually_async(lambda: not events.health().connected)
    health = events.health()
    assert health.state == "disconnected"
    assert f"127.0.0.1:{redis_server.port}" in (health.reason or "")
    redis_server.start()
    await eventually_async(lambda: events.health().connected, timeout=50)
    await eventually_async(lambda: deaf)
    assert deaf[0] == pytest.approx(events.health().deaf, abs=0.5)
    assert "cut" not in (events.health().reason or "")


async def test_a_stopped_rabbitmq_is_said_and_found_again(
    opened: Opener, rabbit_server: RabbitServer
) -> None:
    events = await opened(rabbit_server.fresh_url())
    rabbit_server.kill()
    await eventually_async(lambda: events.health().state == "disconnected")
    await asyncio.to_thread(rabbit_server.start)
    await eventually_async(lambda: events.health().connected, timeout=50)


async def test_a_broker_that_accepts_and_never_answers_is_noticed(
    proxied: tuple[Events, FaultProxy],
) -> None:
    events, proxy = proxied
    proxy.set("stall")
    await eventually_async(lambda: events.health().state == "stale", timeout=30)
    await eventually_async(lambda: events.health().state == "disconnected", timeout=50)
    proxy.set("pass")
    await eventually_async(lambda: events.health().state == "running", timeout=50)
    assert events.health().deaf > 2.0


async def test_stopping_while_the_broker_is_silent_is_quick(
    proxied: tuple[Events, FaultProxy],
) -> None:
    events, proxy = proxied
    proxy.set("stall")
    began = time.monotonic()
    events.stop(timeout=1.0)
    assert time.monotonic() - began < 10.0


async def test_being_cut_off_by_redis_is_said(opened: Opener, redis_server: RedisServer) -> None:
    url = redis_server.fresh_url()
    events = await opened(url)
    with redis.Redis.from_url(url) as client:
        client.config_set("client-output-buffer-limit", "pubsub 200kb 0 0")
        try:
            topic = f"/{url.rsplit('/', 1)[1]}.celeryev/task.multi"
            client.publish(topic, json.dumps({"body": "x" * 12_000_000}))
            await eventually_async(
                lambda: "events were lost" in (events.health().reason or ""), timeout=20
            )
        finally:
            client.config_set("client-output-buffer-limit", "pubsub 32mb 8mb 60")
    await eventually_async(lambda: events.health().connected)


async def test_the_password_is_never_said(opened: Opener) -> None:
    server = RedisServer(password="s3cret")
    server.start()
    try:
        events = await opened(server.url)
        server.kill()
        await eventually_async(lambda: not events.health().connected)
        assert "s3cret" not in repr(events.health())
    finally:
        server.close()


async def test_a_wrong_password_is_said_with_its_reason() -> None:
    server = RedisServer(password="s3cret")
    server.start()
    url = server.url.replace("s3cret", "wr0ng")
    events = Events(Celery(broker=url, set_as_current=False), enable_events=False)
    try:
        events.start()
        await eventually_async(lambda: events.health().state == "disconnected")
        assert "password" in (events.health().reason or "")
        assert "wr0ng" not in repr(events.health())
    finally:
        events.stop()
        server.close()
