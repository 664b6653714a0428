"""What the tests stand on: real servers that stop, die and come back; workers; the fault proxy."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import pytest
from polling import eventually
from processes import listens
from proxy import FaultProxy
from rabbit import RabbitServer
from servers import PostgresServer, RedisServer
from workers import WorkerProcess


def test_redis_comes_back_on_its_port_with_its_data_after_kill(redis_server: RedisServer) -> None:
    import redis

    with redis.Redis.from_url(redis_server.fresh_url()) as client:
        client.set("key", "value")
        redis_server.kill()
        assert not listens(redis_server.port)
        redis_server.start()
        assert client.get("key") == b"value"


def test_rabbitmq_comes_back_on_its_port_after_stop_and_kill(rabbit_server: RabbitServer) -> None:
    rabbit_server.fresh_url()
    port = rabbit_server.port
    for end in (rabbit_server.stop, rabbit_server.kill):
        end()
        assert not listens(port)
        rabbit_server.start()
    names = {vhost["name"] for vhost in rabbit_server.manage("GET", "vhosts")}
    assert any(name.startswith("test") for name in names)


def test_postgres_comes_back_with_its_data_after_kill(postgres_server: PostgresServer) -> None:
    import psycopg

    url = postgres_server.fresh_url().replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (value int)")
    postgres_server.kill()
    postgres_server.start()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


@pytest.mark.parametrize("pool", ["prefork", "threads"])
def test_a_worker_does_what_it_is_sent(
    broker_url: str, backend_url: str, start_worker: Callable[..., WorkerProcess], pool: str
) -> None:
    worker = start_worker(broker_url, backend_url, pool=pool, concurrency=2)
    app = worker.make_app()
    result = app.tasks["tests.add"].apply_async((2, 3))
    assert result.get(timeout=20, interval=0.05) == 5
    assert app.control.ping(destination=[worker.hostname], timeout=2) == [
        {worker.hostname: {"ok": "pong"}}
    ]
    app.close()


def test_a_killed_worker_leaves_no_process(
    redis_url: str, start_worker: Callable[..., WorkerProcess]
) -> None:
    worker = start_worker(redis_url, concurrency=2)
    worker.kill9()
    assert not worker.alive


class TestFaultProxy:
    @pytest.fixture
    def proxy(
        self, redis_server: RedisServer, fault_proxy: Callable[[int], FaultProxy]
    ) -> FaultProxy:
        return fault_proxy(redis_server.port)

    def ask(self, proxy: FaultProxy, timeout: float = 5) -> bytes:
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=timeout) as connection:
            connection.settimeout(timeout)
            connection.sendall(b"PING\r\n")
            answer = b""
            while not answer.endswith(b"\r\n"):
                data = connection.recv(100)
                if not data:
                    break
                answer += data
            return answer

    def test_passes(self, proxy: FaultProxy) -> None:
        assert self.ask(proxy) == b"+PONG\r\n"

    def test_stalls(self, proxy: FaultProxy) -> None:
        proxy.set("stall")
        with pytest.raises(TimeoutError):
            self.ask(proxy, timeout=0.3)
        proxy.set("pass")
        assert self.ask(proxy) == b"+PONG\r\n"

    def test_resets(self, proxy: FaultProxy) -> None:
        proxy.set("reset")
        with pytest.raises(ConnectionError):
            self.ask(proxy)

    def test_refuses_and_listens_again(self, proxy: FaultProxy) -> None:
        proxy.set("refuse")
        with pytest.raises(ConnectionRefusedError):
            self.ask(proxy)
        proxy.set("pass")
        eventually(lambda: self.ask(proxy) == b"+PONG\r\n")

    @pytest.mark.parametrize("mode", ["delay", "dribble"])
    def test_is_slow(self, proxy: FaultProxy, mode: str) -> None:
        proxy.set(mode, 0.05)
        start = time.monotonic()
        assert self.ask(proxy) == b"+PONG\r\n"
        assert time.monotonic() - start >= 0.1
