"""What can be read under `/api/v1`."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import msgspec
import pytest
from starlette.testclient import TestClient

from antflow.exceptions import BrokerConnectionError, InspectionTimeoutError
from antflow.source import (
    Frame,
    Group,
    QueueView,
    ScheduleEntry,
    TaskDetail,
    TaskPage,
    WorkerDetail,
    WorkerView,
)
from antflow.web.api.schemas import About, Completion, EventPage, Session, SourceView
from antflow.web.sources import FakeSource

SHOP = "/api/v1/sources/shop"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api/v1/session", Session),
        ("/api/v1/sources", list[SourceView]),
        ("/api/v1/about", About),
        (f"{SHOP}/frame", Frame),
        (f"{SHOP}/workers", list[WorkerView]),
        (f"{SHOP}/workers/celery@node0001?refresh=1", WorkerDetail),
        (f"{SHOP}/tasks", TaskPage),
        (f"{SHOP}/queues", list[QueueView]),
        (f"{SHOP}/groups", list[Group]),
        (f"{SHOP}/schedule", list[ScheduleEntry]),
        (f"{SHOP}/events?limit=5", EventPage),
        (f"{SHOP}/search?prefix=st", Completion),
    ],
)
def test_every_answer_is_its_record_as_json(client: TestClient, path: str, kind: type) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert msgspec.json.decode(answer.content, type=kind) is not None


def test_one_task_is_told_in_full(client: TestClient, fake: FakeSource) -> None:
    task_id = next(iter(fake.world.tasks))
    detail = msgspec.json.decode(client.get(f"{SHOP}/tasks/{task_id}").content, type=TaskDetail)
    assert detail.task.id == task_id
    assert detail.timeline


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/sources/nope/frame", 404),
        (f"{SHOP}/tasks/nope", 404),
        (f"{SHOP}/workers/nope", 404),
        (f"{SHOP}/tasks?limit=10001", 422),
        (f"{SHOP}/tasks?limit=-1", 422),
        (f"{SHOP}/tasks?limit=x", 422),
        (f"{SHOP}/tasks?sort=nope", 422),
        (f"{SHOP}/tasks?search=(", 400),
        (f"{SHOP}/tasks.csv?search=(", 400),
        (f"{SHOP}/tasks.json?search=(", 400),
        ("/api/v1/stream?source=nope", 404),
        ("/api/v1/stream?topics=nope", 422),
        ("/api/v1/nope", 404),
    ],
)
def test_an_error_says_why_and_its_status(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    said = answer.json()
    assert said["status"] == status
    assert said["error"]


def test_a_search_that_cannot_be_read_says_where(client: TestClient) -> None:
    said = client.get(f"{SHOP}/tasks", params={"search": "state:failed ("}).json()
    assert isinstance(said["position"], int)


def test_rows_come_in_the_order_and_number_asked_for(client: TestClient) -> None:
    asked = {"sort": "-runtime", "limit": 5, "offset": 2}
    page = client.get(f"{SHOP}/tasks", params=asked).json()
    found = [row["runtime"] for row in page["tasks"]]
    assert len(found) == 5
    assert found == sorted(found, reverse=True)
    assert (page["offset"], page["total"]) == (2, 300)


def test_long_texts_of_rows_are_cut_and_marked(served, fake: FakeSource) -> None:  # type: ignore[no-untyped-def]
    task_id = next(iter(fake.world.tasks))
    fake.world.change(task_id, args="x" * 5_000, traceback="y" * 5_000)
    client = served(fake)
    rows = client.get(f"{SHOP}/tasks", params={"limit": 1_000}).json()["tasks"]
    row = next(row for row in rows if row["id"] == task_id)
    assert (len(row["args"]), row["cut"], row["traceback"]) == (200, True, None)
    assert len(client.get(f"{SHOP}/tasks/{task_id}").json()["task"]["args"]) == 5_000


@pytest.mark.parametrize("error", [BrokerConnectionError("gone"), InspectionTimeoutError("silent")])
def test_a_broker_or_worker_that_does_not_answer_is_503(
    client: TestClient, fake: FakeSource, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def worker(name: str, *, refresh: bool = False) -> None:
        raise error

    monkeypatch.setattr(fake, "worker", worker)
    answer = client.get(f"{SHOP}/workers/any")
    assert (answer.status_code, answer.json()["error"]) == (503, str(error))
    assert answer.headers["retry-after"]


def test_names_and_ids_may_hold_slashes(served) -> None:  # type: ignore[no-untyped-def]
    fake = FakeSource("shop", tasks=80, hostile=True)
    client = served(fake)
    for name in list(fake.world.workers):
        asked = client.get(f"{SHOP}/workers/{_quoted(name)}")
        assert asked.status_code == 200, name
        assert asked.json()["worker"]["name"] == name
    for task_id in list(fake.world.tasks):
        # No route matches a line break, and the test's client decodes `%` twice.
        if len(task_id) < 1_000 and not set("\n%") & set(task_id):
            assert client.get(f"{SHOP}/tasks/{_quoted(task_id)}").status_code == 200, task_id


def _quoted(text: str) -> str:
    return quote(text, safe="")


def test_what_json_cannot_hold_is_told_as_near_as_can_be(
    client: TestClient, fake: FakeSource
) -> None:
    task_id = next(iter(fake.world.tasks))
    fake.world.change(task_id, result="lone \ud800 surrogate")
    answer = client.get(f"{SHOP}/tasks/{task_id}")
    assert answer.json()["task"]["result"] == "lone ? surrogate"


def test_a_source_that_fails_shows_as_disconnected(
    client: TestClient, fake: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Frame:
        raise RuntimeError("no broker")

    monkeypatch.setattr(fake, "frame", broken)
    health = client.get(f"{SHOP}/frame").json()["health"]
    assert (health["state"], health["connected"]) == ("disconnected", False)


def test_reading_again_within_a_tick_asks_the_source_once(served) -> None:  # type: ignore[no-untyped-def]
    fake = FakeSource("shop", tick=3_600.0)
    client = served(fake)
    for path in ("frame", "workers", "queues", "groups", "failures"):
        client.get(f"{SHOP}/{path}")
    assert fake.frames == 1


def test_more_streams_than_there_may_be_are_refused(served: Callable[..., TestClient]) -> None:
    answer = served(FakeSource("shop"), max_streams=0).get("/api/v1/stream")
    assert answer.status_code == 429
    assert "streams are open" in answer.json()["error"]
