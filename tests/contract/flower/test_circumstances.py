"""Flower's contract where something is missing: the broker, the result backend, a worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from celery_apps.configured import make_app
from polling import eventually
from servers import RedisServer
from starlette.testclient import TestClient

from antflow.cluster import Cluster
from antflow.web import create_app
from antflow.web.sources import FakeSource

Start = Callable[..., Any]
CALL = '{"args": [1, 2]}'


@contextmanager
def served(broker: str, backend: str | None = None) -> Iterator[TestClient]:
    """Our server over a cluster."""
    app = create_app([Cluster(make_app(broker, backend))])
    with TestClient(app, base_url="http://127.0.0.1:5555") as client:
        yield client


def online(client: TestClient) -> dict[str, bool]:
    answer: dict[str, bool] = client.get("/api/workers?status=1").json()
    return answer


def test_without_a_broker_commands_are_503_and_what_is_known_is_still_shown(
    redis_server: RedisServer, start_worker: Start
) -> None:
    broker, backend = redis_server.fresh_url(), redis_server.fresh_url()
    worker = start_worker(broker, backend)
    name = worker.hostname
    with served(broker, backend) as client:
        eventually(lambda: online(client) == {name: True}, 20)
        task_id = client.post("/api/task/async-apply/tests.add", json={"args": [1, 2]}).json()[
            "task-id"
        ]
        eventually(lambda: client.get(f"/api/task/info/{task_id}").status_code == 200)
        redis_server.kill()
        eventually(lambda: client.get("/healthcheck").status_code == 503, 20)
        for method, path in (
            ("GET", "/api/queues/length"),
            ("GET", "/api/workers?refresh=1"),
            ("GET", f"/api/task/result/{task_id}"),
            ("POST", "/api/task/async-apply/tests.add"),
            ("POST", f"/api/task/revoke/{task_id}"),
            ("POST", f"/api/worker/pool/grow/{name}"),
        ):
            answer = client.request(
                method, path, content='{"args":[1,2]}' if method == "POST" else ""
            )
            assert answer.status_code == 503, (path, answer.text)
            assert answer.text
            assert answer.headers["content-type"].startswith("text/plain")
        assert list(client.get("/api/tasks").json()) == [task_id]
        assert name in client.get("/api/workers").json()


def test_without_a_result_backend_results_are_503_and_a_call_has_no_state(
    redis_url: str, start_worker: Start
) -> None:
    worker = start_worker(redis_url)
    with served(redis_url) as client:
        eventually(lambda: worker.hostname in online(client), 20)
        sent = client.post("/api/task/async-apply/tests.add", json={"args": [1, 2]})
        assert sent.status_code == 200
        assert list(sent.json()) == ["task-id"]
        for method, path in (
            ("GET", f"/api/task/result/{sent.json()['task-id']}"),
            ("POST", "/api/task/abort/whichever"),
            ("POST", "/api/task/apply/tests.add"),
        ):
            answer = client.request(
                method, path, content='{"args":[1,2]}' if method == "POST" else ""
            )
            assert answer.status_code == 503, path
            assert "result" in answer.text


def test_a_worker_with_an_autoscaler_takes_new_bounds_and_refuses_to_grow(
    redis_url: str, start_worker: Start
) -> None:
    worker = start_worker(redis_url, args=("--autoscale=3,1",))
    name = worker.hostname
    with served(redis_url) as client:
        eventually(lambda: name in online(client), 20)
        answer = client.post(f"/api/worker/pool/autoscale/{name}", data={"min": "1", "max": "4"})
        assert answer.status_code == 200, answer.text
        assert name in answer.json()["message"]
        swapped = client.post(f"/api/worker/pool/autoscale/{name}", data={"min": "4", "max": "1"})
        assert swapped.status_code == 400
        grown = client.post(f"/api/worker/pool/grow/{name}")
        assert grown.status_code == 403
        assert "autoscale" in grown.text.lower()


def test_a_worker_shuts_down_and_is_shown_as_offline(redis_url: str, start_worker: Start) -> None:
    worker = start_worker(redis_url)
    name = worker.hostname
    with served(redis_url) as client:
        eventually(lambda: online(client) == {name: True}, 20)
        answer = client.post(f"/api/worker/shutdown/{name}")
        assert (answer.status_code, answer.json()) == (200, {"message": "Shutting down!"})
        eventually(lambda: online(client) == {name: False}, 20)
        eventually(lambda: not worker.alive, 20)


def test_a_pool_restarts_only_where_the_worker_allows_it(
    redis_url: str, start_worker: Start
) -> None:
    worker = start_worker(redis_url, conf={"worker_pool_restarts": False})
    with served(redis_url) as client:
        eventually(lambda: worker.hostname in online(client), 20)
        answer = client.post(f"/api/worker/pool/restart/{worker.hostname}")
        assert answer.status_code == 403
        assert "worker_pool_restarts" in answer.text


def test_the_loop_is_free_while_a_call_waits_for_its_result(
    redis_server: RedisServer, start_worker: Start
) -> None:
    """Nobody consumes the queue; the call ends at its time-out with the state so far."""
    with served(redis_server.fresh_url(), redis_server.fresh_url()) as client:
        answer = client.post("/api/task/apply/tests.add", json={"args": [1, 2], "timeout": 0.3})
        assert answer.status_code == 200
        assert answer.json()["state"] == "PENDING"
        assert "result" not in answer.json()


def test_without_a_cluster_the_routes_say_so() -> None:
    with TestClient(
        create_app([FakeSource(kind="pipeline")]), base_url="http://127.0.0.1:5555"
    ) as client:
        answer = client.get("/api/workers")
        assert answer.status_code == 404
        assert "cluster" in answer.text
        assert client.get("/healthcheck").text == "OK"


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"args": [1], "args": 7}',
        b'{"kwargs": {"a": NaN}}',
        b'{"args": [1], "link": [{"task": "tests.crash"}]}',
        b'{"args": [], "eta": 12}',
        b'{"args": [], "expires": -1}',
        b'{"args": [], "priority": 1e400}',
        b'{"args": [], "queue": ["a"]}',
        b'{"args": [], "timeout": "soon"}',
        b'{"args": [], "headers": "x"}',
    ],
)
def test_a_bad_body_is_400_with_the_reason(redis_url: str, body: bytes) -> None:
    with served(redis_url) as client:
        answer = client.post("/api/task/async-apply/tests.add", content=body)
        assert answer.status_code == 400
        assert answer.text.strip()
