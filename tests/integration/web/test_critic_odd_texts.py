"""Halves of characters, hooks that fail, ids with slashes: one odd text takes nothing else away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from msgspec.structs import replace
from starlette.testclient import TestClient

from antflow.cluster import Cluster
from antflow.cluster.state import TaskRecord
from antflow.redaction import Redactor
from antflow.source import Frame
from antflow.web import Settings, create_app
from antflow.web.api.outgoing import Outgoing
from antflow.web.security.audit import Audit, Record
from antflow.web.sources import FakeSource
from antflow.web.stream.feed import Feed
from antflow.web.stream.viewer import Viewer

HALF = "caf\udce9.txt"
"""What Python makes of a file's name that is no UTF-8."""

BASE = "http://127.0.0.1:5555"


@pytest.fixture
def source() -> FakeSource:
    return FakeSource("s", tasks=20)


def watching(feed: Feed) -> Viewer:
    viewer = Viewer([feed], "cafe", events=True)
    feed._watchers.add(viewer)
    return viewer


async def test_an_event_with_half_a_character_does_not_end_the_stream(source: FakeSource) -> None:
    feed = Feed(source)
    viewer = watching(feed)
    feed.tick()
    viewer.next()
    source.world.last_event += 1
    source.world.events.append({"seq": source.world.last_event, "uuid": "u", "traceback": HALF})
    feed.tick()
    assert rb'"traceback":"caf?.txt"' in viewer.next()


async def test_a_frame_with_half_a_character_reaches_viewers(source: FakeSource) -> None:
    feed = Feed(source, lambda frame: replace(frame, source=HALF))
    feed.tick()
    assert b"caf?.txt" in feed.whole()
    assert b"caf?.txt" in feed.body()


async def test_a_hook_that_fails_on_events_leaves_the_ticks_alone(source: FakeSource) -> None:
    def broken(event: dict[str, Any]) -> dict[str, Any]:
        raise RuntimeError("the hook fails")

    feed = Feed(source, prepare_event=broken)
    viewer = watching(feed)
    feed.last_event = -1
    feed.tick()
    assert b"event: frame" in viewer.next()


async def test_where_removing_secrets_fails_nothing_unprepared_goes_out(
    source: FakeSource,
) -> None:
    def broken(frame: Frame) -> Frame:
        raise RuntimeError("the hook fails")

    feed = Feed(source, broken)
    feed.tick()
    assert feed.last is not None
    assert feed.last.health.state == "disconnected"
    assert not feed.last.workers


async def test_the_reason_why_a_source_fails_shows_no_password(
    source: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = Feed(source, Outgoing(Redactor()).frame)
    feed.tick()

    def broken() -> Frame:
        raise RuntimeError("no answer from redis://me:hunter2@db/0")

    monkeypatch.setattr(source, "frame", broken)
    feed.tick()
    assert b"redis://me:********@db" in feed.whole()
    assert b"hunter2" not in feed.whole()


def test_the_audit_file_takes_answers_with_half_a_character(tmp_path: Path) -> None:
    path = tmp_path / "audit"
    audit = Audit(str(path))
    audit.add(Record(1.0, "ann", "admin", "::1", "POST", "/", answer=HALF))
    assert json.loads(path.read_text())["answer"] == "caf?.txt"


def test_a_search_that_names_a_secret_is_hidden_in_the_audit(source: FakeSource) -> None:
    with TestClient(create_app([source]), BASE) as client:
        told = {"target": "kwargs:password=hunter2", "arguments": {}}
        client.post("/api/v1/sources/s/commands/tasks.retry", json=told)
        (record,) = client.get("/api/v1/audit").json()
        assert "hunter2" not in str(record)


@pytest.fixture
def client() -> TestClient:
    """A client of a cluster that is not started: its state holds one task, with a slash."""
    cluster = Cluster(Celery(broker="memory://", set_as_current=False), name="c")
    cluster.state.restore([TaskRecord("order/42", name="proj.add", state="FAILURE")])
    return TestClient(create_app([cluster], Settings()), BASE)


@pytest.mark.parametrize("task_id", ["order/42", "order%2F42"])
def test_flowers_routes_take_ids_with_slashes(client: TestClient, task_id: str) -> None:
    answer = client.get(f"/api/task/info/{task_id}")
    assert answer.status_code == 200
    assert answer.json()["uuid"] == "order/42"


@pytest.mark.parametrize("path", ["task/send-task/", "worker/shutdown/", "task/revoke/"])
def test_flowers_commands_need_a_target(client: TestClient, path: str) -> None:
    assert client.post(f"/api/{path}").status_code == 404


def test_a_flower_answer_with_half_a_character_is_json(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = client.app.state.site.source("c")  # type: ignore[attr-defined]
    monkeypatch.setattr(cluster.state, "task_types", lambda: [HALF])
    assert client.get("/api/task/types").json() == {"task-types": ["caf?.txt"]}


def test_a_flower_refusal_with_half_a_character_is_text(client: TestClient) -> None:
    cluster = client.app.state.site.source("c")  # type: ignore[attr-defined]

    async def refuses(*_args: object, **_options: object) -> None:
        raise ValueError(HALF)

    cluster.control.revoke = refuses
    answer = client.post("/api/task/revoke/x")
    assert (answer.status_code, answer.text) == (400, "caf?.txt")
