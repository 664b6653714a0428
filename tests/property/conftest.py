"""A server over a cluster without workers, asked as an HTTP server asks it: with raw bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

import pytest
from celery import Celery
from starlette.testclient import TestClient

from antflow.cluster import Cluster
from antflow.cluster.control import control
from antflow.web import create_app

WORKER = "w@h"
TASK = "shop.charge"
HOST = (b"host", b"127.0.0.1:5555")
START = 1_767_225_600.0


class Reply(NamedTuple):
    """An answer: its status, its headers by lower-case name, its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Door:
    """The application, called as uvicorn calls it."""

    def __init__(self, client: TestClient, cluster: Cluster) -> None:
        self.cluster = cluster
        self._client = client

    def ask(
        self,
        method: str,
        path: str,
        query: bytes = b"",
        headers: tuple[tuple[bytes, bytes], ...] = (),
        body: bytes = b"",
    ) -> Reply:
        """Send a request; the path is quoted, all else goes as it is."""
        sent = [(name.lower(), value) for name, value in headers if name.lower() != b"host"]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode("ascii"),
            "root_path": "",
            "query_string": query,
            "headers": [HOST, *sent],
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 5555),
            "state": {},
        }
        portal = self._client.portal
        assert portal is not None
        reply: Reply = portal.call(_call, self._client.app, scope, body)
        return reply


async def _call(app: Any, scope: dict[str, Any], body: bytes) -> Reply:
    status, headers, parts = 0, {}, bytearray()
    incoming = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if incoming:
            return incoming.pop()
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    async def send(message: Mapping[str, Any]) -> None:
        nonlocal status, headers, parts
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = {name.decode(): value.decode("latin-1") for name, value in message["headers"]}
        else:
            parts += message.get("body", b"")

    async with asyncio.timeout(20):
        await app(scope, receive, send)
    return Reply(status, headers, bytes(parts))


def make_app() -> Celery:
    """An application whose broker has a password that nobody may see."""
    app = Celery("doors", broker="memory://user:geheim77@localhost//", set_as_current=False)
    app.conf.result_backend = "cache+memory://"

    @app.task(name=TASK)
    def charge(amount: int, *, currency: str = "EUR") -> int:
        return amount

    return app


@pytest.fixture(scope="module")
def doors() -> Iterator[Callable[[], Door]]:
    """`doors()`: the one server of the module, over a cluster that knows one worker."""
    cluster = Cluster(make_app(), timeout=0.02)
    app = create_app([cluster])
    with TestClient(app, base_url="http://127.0.0.1:5555") as client:
        assert client.portal is not None
        door = Door(client, cluster)
        client.portal.call(_know_a_worker, cluster)
        yield lambda: door


async def _know_a_worker(cluster: Cluster) -> None:
    cluster.state.apply(
        [
            {"type": "worker-online", "hostname": WORKER, "timestamp": START, "freq": 2.0},
            {
                "type": "task-received",
                "uuid": "known",
                "hostname": WORKER,
                "timestamp": START,
                "name": TASK,
                "args": "(1,)",
                "kwargs": "{'password': 'geheim77'}",
            },
        ],
        START,
    )
    cluster.inspector.workers[WORKER].update(registered=[TASK], stats={"pool": {"processes": [1]}})


@pytest.fixture
def obeying(doors: Callable[[], Door], monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """The server, whose worker says `ok` to every command that reaches it."""
    commander = doors().cluster.control.commander

    async def one(worker: str, command: str, **arguments: Any) -> Any:
        return {"ok": command, "pool": {"processes": [1, 2, 3]}}

    async def every(command: str, **arguments: Any) -> Mapping[str, Any]:
        return {WORKER: {"ok": command}}

    async def tell(worker: str, command: str) -> None:
        return

    for name, fake in (("one", one), ("every", every), ("tell", tell)):
        monkeypatch.setattr(commander, name, fake)
    yield doors()
    assert control.Control is type(doors().cluster.control)
