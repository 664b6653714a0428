"""What brokers tell about their queues: real ones."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from celery_apps.configured import make_app
from polling import eventually_async
from proxy import FaultProxy
from rabbit import RabbitServer
from servers import RedisServer
from workers import WorkerProcess

from antflow.cluster.broker import QueueWatch, queue_views
from antflow.exceptions import BrokerConnectionError


@pytest.fixture
def send() -> Callable[..., list[str]]:
    def send(app: Any, queue: str, count: int, **options: Any) -> list[str]:
        task = app.tasks["tests.sleep"]
        return [task.apply_async((60,), queue=queue, **options).id for _ in range(count)]

    return send


async def test_waiting_messages_are_counted_by_queue(
    broker_url: str, send: Callable[..., list[str]]
) -> None:
    app = make_app(broker_url)
    send(app, "first", 3)
    send(app, "second", 1)
    first, second, absent = await queue_views(app, ["first", "second", "absent"])
    assert (first.name, first.messages, first.ready) == ("first", 3, 3)
    assert (second.messages, second.ready) == (1, 1)
    assert absent.messages in {None, 0}
    app.close()


async def test_redis_counts_all_priorities(redis_url: str, send: Callable[..., list[str]]) -> None:
    app = make_app(redis_url)
    for priority in (0, 3, 6, 9):
        send(app, "prio", 2, priority=priority)
    (view,) = await queue_views(app, ["prio"])
    assert view.messages == 8
    app.close()


async def test_redis_keyprefix_is_honoured(redis_url: str, send: Callable[..., list[str]]) -> None:
    app = make_app(redis_url, broker_transport_options={"global_keyprefix": "mine:"})
    ids = send(app, "queue", 2)
    watch = QueueWatch(app)
    (view,) = await watch.sample(["queue"])
    assert view.ready == 2
    assert watch.heads == {"queue": ids[0]}
    watch.close()
    app.close()


@pytest.mark.parametrize("fixture", ["redis_url", "filesystem_broker"])
async def test_taken_messages_are_counted_until_acknowledged(
    fixture: str,
    request: pytest.FixtureRequest,
    start_worker: Callable[..., WorkerProcess],
    send: Callable[..., list[str]],
) -> None:
    broker = request.getfixturevalue(fixture)
    conf = {"task_acks_late": True, "worker_prefetch_multiplier": 1}
    worker = start_worker(broker, conf=conf, pool="threads", concurrency=2, queues=["work"])
    app = worker.make_app()
    send(app, "work", 5)
    watch = QueueWatch(app)

    async def taken() -> bool:
        (view,) = await watch.sample(["work"])
        return (view.ready, view.unacked, view.messages) == (3, 2, 5)

    await eventually_async(taken, 10)
    watch.close()
    app.close()


async def test_rabbitmq_tells_everything_through_its_management_api(
    rabbit_server: RabbitServer,
    rabbit_url: str,
    start_worker: Callable[..., WorkerProcess],
    send: Callable[..., list[str]],
) -> None:
    conf = {"task_acks_late": True, "worker_prefetch_multiplier": 1}
    worker = start_worker(rabbit_url, conf=conf, pool="threads", concurrency=2, queues=["work"])
    app = worker.make_app()
    send(app, "work", 5)
    watch = QueueWatch(app, management_url=rabbit_server.management_url)

    async def told() -> bool:
        (view,) = await watch.sample(["work"])
        return (view.ready, view.unacked, view.messages, view.consumers) == (3, 2, 5, 1)

    await eventually_async(told, 20)
    watch.close()
    app.close()


async def test_rabbitmq_without_management_tells_ready_and_consumers(
    rabbit_url: str, send: Callable[..., list[str]]
) -> None:
    app = make_app(rabbit_url)
    send(app, "work", 4)
    watch = QueueWatch(app, management_url="http://guest:guest@127.0.0.1:1/api/")
    (absent, view) = await watch.sample(["absent", "work"])
    assert (view.ready, view.unacked, view.consumers) == (4, None, 0)
    assert (absent.ready, absent.consumers) == (None, None)
    watch.close()
    app.close()


async def test_the_head_is_at_least_as_old_as_it_was_seen_there(
    redis_url: str, send: Callable[..., list[str]]
) -> None:
    app = make_app(redis_url)
    ids = send(app, "work", 2)
    now = 100.0
    watch = QueueWatch(app, clock=lambda: now)
    await watch.sample(["work"])
    now = 130.0
    (view,) = await watch.sample(["work"])
    assert watch.heads["work"] == ids[0]
    assert (view.oldest, view.oldest_at_least) == (100.0, True)
    with app.connection_for_write() as connection:
        connection.default_channel.basic_get("work", no_ack=True)
    (view,) = await watch.sample(["work"])
    assert (watch.heads["work"], view.oldest) == (ids[1], 130.0)
    watch.close()
    app.close()


async def test_messages_in_files_tell_their_age(
    filesystem_broker: str, send: Callable[..., list[str]]
) -> None:
    app = make_app(filesystem_broker)
    before = time.time()
    send(app, "work", 2)
    (view,) = await queue_views(app, ["work"])
    assert view.oldest is not None
    assert before <= view.oldest <= time.time()
    assert view.oldest_at_least is False
    app.close()


async def test_a_broker_that_is_not_there_is_named_without_its_password() -> None:
    app = make_app("redis://:s3cret@127.0.0.1:1/0")
    with pytest.raises(BrokerConnectionError) as caught:
        await queue_views(app, ["work"])
    assert "127.0.0.1:1" in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("kind", ["redis", "rabbit"])
async def test_a_broker_that_never_answers_costs_the_timeout_only(
    kind: str, request: pytest.FixtureRequest, fault_proxy: Callable[[int], FaultProxy]
) -> None:
    server: RedisServer | RabbitServer = request.getfixturevalue(f"{kind}_server")
    proxy = fault_proxy(server.port)
    app = make_app(server.url.replace(str(server.port), str(proxy.port)))
    watch = QueueWatch(app, timeout=0.5)
    await watch.sample(["work"])
    proxy.set("stall")
    for _ in range(2):
        start = time.monotonic()
        with pytest.raises(BrokerConnectionError):
            await watch.sample(["work"])
        assert time.monotonic() - start < 5
    proxy.set("pass")
    await eventually_async(lambda: _answers(watch), 30)
    watch.close()
    app.close()


async def _answers(watch: QueueWatch) -> bool:
    try:
        await watch.sample(["work"])
    except BrokerConnectionError:
        return False
    return True
