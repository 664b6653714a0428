"""Fixtures of servers, brokers and workers; tests/conftest.py makes them known everywhere.

A server starts when the first test asks for it and serves the whole run. Each test gets a
database or virtual host of its own, so that tests do not see one another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from proxy import FaultProxy
from rabbit import RabbitServer
from servers import PostgresServer, RedisServer, Server

__all__ = [
    "_postgres",
    "_rabbit",
    "_redis",
    "backend_url",
    "broker_url",
    "fault_proxy",
    "filesystem_broker",
    "postgres_server",
    "postgres_url",
    "rabbit_server",
    "rabbit_url",
    "redis_server",
    "redis_url",
    "start_worker",
]


def _serve(kind: type[Server]) -> Iterator[Server]:
    server = kind()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def _redis() -> Iterator[Server]:
    yield from _serve(RedisServer)


@pytest.fixture(scope="session")
def _rabbit() -> Iterator[Server]:
    yield from _serve(RabbitServer)


@pytest.fixture(scope="session")
def _postgres() -> Iterator[Server]:
    yield from _serve(PostgresServer)


@pytest.fixture
def redis_server(_redis: RedisServer) -> RedisServer:
    """The run's Redis; a test may stop and kill it, the next finds it running again."""
    _redis.ensure()
    return _redis


@pytest.fixture
def rabbit_server(_rabbit: RabbitServer) -> RabbitServer:
    """The run's RabbitMQ, likewise."""
    _rabbit.ensure()
    return _rabbit


@pytest.fixture
def postgres_server(_postgres: PostgresServer) -> PostgresServer:
    """The run's PostgreSQL, likewise."""
    _postgres.ensure()
    return _postgres


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """A Redis database that no other test uses."""
    return redis_server.fresh_url()


@pytest.fixture
def rabbit_url(rabbit_server: RabbitServer) -> str:
    """A RabbitMQ virtual host that no other test uses."""
    return rabbit_server.fresh_url()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> str:
    """An empty PostgreSQL database, as SQLAlchemy's address."""
    return postgres_server.fresh_url()


@pytest.fixture
def filesystem_broker(tmp_path: Path) -> str:
    """A broker that is a folder, over the safe filesystem transport."""
    from workers import filesystem_url

    return filesystem_url(tmp_path / "broker")


@pytest.fixture(params=["redis", "rabbitmq", "filesystem"])
def broker_url(request: pytest.FixtureRequest) -> str:
    """The test runs once on each broker."""
    fixtures = {
        "redis": "redis_url",
        "rabbitmq": "rabbit_url",
        "filesystem": "filesystem_broker",
    }
    url: str = request.getfixturevalue(fixtures[request.param])
    return url


@pytest.fixture
def backend_url(tmp_path: Path) -> str:
    """A result backend that needs no server: files in a folder of the test."""
    folder = tmp_path / "results"
    folder.mkdir()
    return f"file://{folder}"


@pytest.fixture
def start_worker() -> Iterator[Callable[..., Any]]:
    """`start_worker(broker, backend, **options)` gives a `WorkerProcess`; it ends with the test."""
    from workers import WorkerProcess

    started: list[WorkerProcess] = []

    def start(broker: str, backend: str | None = None, **options: Any) -> WorkerProcess:
        worker = WorkerProcess(broker, backend, **options)
        started.append(worker)
        return worker.start()

    yield start
    for worker in started:
        worker.close()


@pytest.fixture
def fault_proxy() -> Iterator[Callable[[int], FaultProxy]]:
    """`fault_proxy(port)` puts a `FaultProxy` before a server's port."""
    proxies: list[FaultProxy] = []

    def make(port: int) -> FaultProxy:
        proxies.append(FaultProxy(port))
        return proxies[-1]

    yield make
    for proxy in proxies:
        proxy.close()
