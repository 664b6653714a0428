"""Events of real brokers reach the state, and stopping leaves nothing behind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery
from kombu import Exchange
from kombu.exceptions import InconsistencyError
from polling import eventually_async

from antflow.cluster.events import Events

Opener = Callable[..., Events]


@pytest.fixture(params=["redis", "rabbitmq", "filesystem", "memory"])
def app(request: pytest.FixtureRequest) -> Iterator[Celery]:
    fixtures = {"redis": "redis_url", "rabbitmq": "rabbit_url", "filesystem": "filesystem_broker"}
    name = fixtures.get(request.param)
    url = request.getfixturevalue(name) if name else f"memory://{uuid4().hex}"
    app = Celery(broker=url, set_as_current=False)
    app.conf.broker_transport_options = {"polling_interval": 0.02}
    yield app
    app.close()


@pytest.fixture
async def opened(app: Celery) -> AsyncIterator[Opener]:
    """`await opened(**options)`: events that are connected."""
    started: list[Events] = []

    async def make(**options: Any) -> Events:
        events = Events(app, **{"enable_events": False, **options})
        started.append(events)
        events.start()
        await eventually_async(lambda: events.health().connected, timeout=20)
        return events

    yield make
    for events in started:
        events.stop()


def send(app: Celery, *batch: Any, **options: Any) -> None:
    """Publish events as workers do: one in a message, or a list of them."""
    with app.connection_for_write() as connection:
        dispatcher = app.events.Dispatcher(connection, hostname="w@h", **options)
        for body in batch:
            dispatcher._publish(body, dispatcher.producer, "task.multi")
        dispatcher.close()


def task_event(kind: str, uuid: str = "a", **fields: Any) -> dict[str, Any]:
    return {"type": kind, "uuid": uuid, "hostname": "w@h", "timestamp": 1e9, "clock": 1, **fields}


async def test_a_single_event_and_a_list_of_events_are_applied(app: Celery, opened: Any) -> None:
    events = await opened()
    send(
        app,
        task_event("task-received", name="add", args="(1, 2)"),
        [task_event("task-started"), task_event("task-succeeded", result="3", runtime=0.5)],
    )
    await eventually_async(lambda: "a" in events.state.tasks)
    await eventually_async(lambda: events.state.tasks["a"].state == "SUCCESS")
    assert events.state.tasks["a"].name == "add"
    assert events.health().received == 3


async def test_malformed_messages_cost_themselves_alone(app: Celery, opened: Any) -> None:
    events = await opened()
    with app.connection_for_write() as connection:
        producer = app.amqp.Producer(connection)
        exchange = Exchange("celeryev", app.events.Receiver(connection).exchange.type)
        for body, kind in [(b"{nonsense", "application/json"), (b"\x80", "application/x-pickle")]:
            producer.publish(
                body,
                exchange=exchange,
                declare=[exchange],
                routing_key="task.multi",
                content_type=kind,
                content_encoding="utf-8",
            )
        producer.close()
    send(app, [5, task_event("task-received", name="x"), None])
    await eventually_async(lambda: "a" in events.state.tasks)
    await eventually_async(lambda: events.health().malformed == 4)
    assert events.health().connected


async def test_subscribers_recent_workers_and_callbacks_hear_of_them(
    app: Celery, opened: Any
) -> None:
    applied: list[Any] = []
    events = await opened(on_applied=applied.append)
    heard: list[dict[str, Any]] = []
    end = events.subscribe(heard.append)
    send(app, {"type": "worker-heartbeat", "hostname": "w@h", "timestamp": 1e9, "freq": 2.0})
    await eventually_async(lambda: heard)
    assert events.workers["w@h"]["timestamp"] == 1e9
    assert events.recent()[1][0]["type"] == "worker-heartbeat"
    assert any("w@h" in change.workers for change in applied)
    end()


async def test_stopping_leaves_no_thread_and_no_queue(app: Celery, opened: Any) -> None:
    before = set(threading.enumerate())
    events = await opened(enable_events=True)
    send(app, task_event("task-received"))
    await eventually_async(lambda: events.health().received)
    events.stop()
    events.stop()
    assert set(threading.enumerate()) - before == set()
    assert not events.health().connected
    assert _bound(app) == []


def _bound(app: Celery) -> list[Any]:
    """What the events' exchange is bound to, where kombu keeps a table of that."""
    with app.connection_for_read() as connection:
        channel = connection.default_channel
        if not hasattr(channel, "get_table"):
            return []
        try:
            return list(channel.get_table("celeryev"))
        except InconsistencyError:  # what Redis says where there is none
            return []


async def test_started_again_it_goes_on(app: Celery, opened: Any) -> None:
    events = await opened()
    events.start()
    events.stop()
    events.start()
    await eventually_async(lambda: events.health().connected, timeout=20)
    send(app, task_event("task-received"))
    await eventually_async(lambda: "a" in events.state.tasks)


async def test_a_tick_comes_without_any_event(app: Celery, opened: Any) -> None:
    applied: list[Any] = []
    await opened(on_applied=applied.append)
    await eventually_async(lambda: len(applied) >= 2)


def test_a_loop_that_is_not_running_yet_may_be_given(app: Celery) -> None:
    loop = asyncio.new_event_loop()

    class TornadoLike:
        asyncio_loop = loop

    events = Events(app, TornadoLike(), enable_events=False)
    events.start()
    try:
        loop.run_until_complete(eventually_async(lambda: events.health().connected, timeout=20))
        send(app, task_event("task-received"))
        loop.run_until_complete(eventually_async(lambda: "a" in events.state.tasks))
    finally:
        events.stop()
        loop.close()
