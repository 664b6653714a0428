"""Commands over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from antflow.web.sources import FakeSource

WORKER = "celery@node0001"


def order(client: TestClient, verb: str, **body: Any) -> Any:
    return client.post(f"/api/v1/sources/shop/commands/{verb}", json=body)


def test_a_command_is_done_and_its_answers_are_shown(client: TestClient, fake: FakeSource) -> None:
    answer = order(client, "worker.pool_grow", target=WORKER, arguments={"n": 2})
    assert answer.status_code == 200
    assert answer.json() == {"answers": [{"who": WORKER, "ok": True, "message": "6 processes"}]}
    assert fake.commands == [("worker.pool_grow", WORKER, {"n": 2})]


@pytest.mark.parametrize(
    ("verb", "body", "status"),
    [
        ("worker.nope", {"target": WORKER}, 404),
        ("worker.pool_grow", {"target": "nobody"}, 404),
        ("worker.pool_grow", {}, 400),
        ("worker.pool_grow", {"target": WORKER, "arguments": {"n": "2"}}, 400),
        ("worker.pool_grow", {"target": WORKER, "arguments": {"n": 0}}, 400),
        ("worker.pool_grow", {"target": WORKER, "arguments": {"n": True}}, 400),
        ("worker.pool_grow", {"target": WORKER, "arguments": {"m": 1}}, 400),
        ("worker.pool_grow", {"target": WORKER, "arguments": [1]}, 422),
        ("worker.pool_grow", {"target": 7}, 422),
        ("worker.pool_grow", {"target": WORKER, "more": 1}, 422),
        ("worker.pool_shrink", {"target": WORKER, "arguments": {"n": 99}}, 409),
        ("worker.autoscale", {"target": WORKER, "arguments": {"min": 1}}, 400),
        ("tasks.retry", {"target": "state:("}, 400),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_happens(
    client: TestClient, fake: FakeSource, verb: str, body: dict[str, Any], status: int
) -> None:
    answer = order(client, verb, **body)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert fake.commands == []


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\xff", b"null", b'{"target":NaN}'])
def test_a_body_that_is_no_command_is_refused(client: TestClient, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    path = "/api/v1/sources/shop/commands/worker.shutdown"
    assert client.post(path, content=body, headers=headers).status_code == 422


def test_a_body_that_says_it_is_no_json_is_refused(client: TestClient, fake: FakeSource) -> None:
    path = "/api/v1/sources/shop/commands/worker.shutdown"
    answer = client.post(path, content=b'{"target": "w"}', headers={"content-type": "text/plain"})
    assert answer.status_code == 415
    assert fake.commands == []


def test_every_verb_of_a_source_can_be_asked_for(client: TestClient, fake: FakeSource) -> None:
    world = fake.world
    targets = {
        "worker": WORKER,
        "group": world.groups[0],
        "queue": "mail",
        "task": next(iter(world.tasks)),
        "tasks": "state:failed",
        "source": None,
    }
    values = {"min": 1, "max": 3, "queue": "celery", "rate": "10/m", "soft": 1.0}
    for key, verb in fake.verbs.items():
        given = {a.name: values[a.name] for a in verb.arguments if a.required}
        answer = order(client, key, target=targets[verb.target], arguments=given)
        assert answer.status_code == 200, (key, answer.text)
        assert answer.json()["answers"]


def test_the_verbs_of_tasks_are_done_to_all_that_match(
    client: TestClient, fake: FakeSource
) -> None:
    before = fake.world.states["FAILURE"]
    answer = order(client, "tasks.retry", target="state:failed").json()["answers"][0]
    assert answer["message"] == f"{before} tasks"
    assert fake.world.states["FAILURE"] == 0


def test_each_command_is_recorded_refused_ones_too(client: TestClient) -> None:
    order(client, "worker.pool_grow", target=WORKER)
    order(client, "worker.pool_grow", target="nobody")
    newest = client.get("/api/v1/audit").json()[:2]
    assert [(one["verb"], one["target"], one["status"]) for one in newest] == [
        ("worker.pool_grow", "nobody", 404),
        ("worker.pool_grow", WORKER, 200),
    ]
