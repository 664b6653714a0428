"""No secret leaves by the API."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from antflow.web.sources import FakeSource

SECRET = "hunter2"
SHOP = "/api/v1/sources/shop"


@pytest.fixture
def planted(fake: FakeSource) -> str:
    """Id of a task that holds secrets wherever it can."""
    world = fake.world
    task_id = next(one.id for one in world.tasks.values() if one.state == "FAILURE")
    texts = f"connect(password='{SECRET}') to redis://user:{SECRET}@host/0 api_key={SECRET}"
    task = world.change(
        task_id, args=texts, kwargs=texts, result=texts, exception=texts, traceback=texts
    )
    for failed in world.failed.values():
        failed.append(task)
    world.events.append({"seq": 1, "uuid": task_id, "kwargs": texts, "password": SECRET})
    return task_id


@pytest.mark.parametrize(
    "path",
    [
        "frame", "failures", "tasks?limit=1000", "tasks.csv", "tasks.json", "events?limit=5000",
        "workers/celery@node0001", "schedule", "report.html",
    ],
)  # fmt: skip
def test_no_secret_is_in_any_answer(client: TestClient, planted: str, path: str) -> None:
    answer = client.get(f"{SHOP}/{path}")
    assert answer.status_code == 200
    assert SECRET not in answer.text


def test_no_secret_is_in_a_task_told_in_full(client: TestClient, planted: str) -> None:
    answer = client.get(f"{SHOP}/tasks/{planted}")
    assert answer.status_code == 200
    assert SECRET not in answer.text


def test_no_secret_is_in_an_error(
    client: TestClient, fake: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def command(*_: object) -> None:
        raise ValueError(f"password={SECRET}")

    monkeypatch.setattr(fake, "command", command)
    asked = {"target": "celery@node0001"}
    answer = client.post(f"{SHOP}/commands/worker.shutdown", json=asked)
    assert answer.status_code == 400
    assert SECRET not in answer.text
