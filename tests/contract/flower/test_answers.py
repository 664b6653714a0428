"""Each recorded request gets from us the status and the keys that Flower 2.2 gave.

`answers.json` holds what the released Flower answered to the requests, made against workers like
these: one with prefork, one with threads. Where `ours` stands beside it, we differ on purpose.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery_apps.configured import make_app
from polling import eventually
from servers import RedisServer
from starlette.testclient import TestClient
from workers import WorkerProcess

from antflow.cluster import Cluster
from antflow.web import create_app

ANSWERS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("answers.json").read_text())
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
Context = tuple[TestClient, dict[str, str]]


@pytest.fixture(scope="module")
def context(_redis: RedisServer) -> Iterator[Context]:
    """Our server over a real Redis and two real workers, and what the placeholders stand for."""
    broker, backend = _redis.fresh_url(), _redis.fresh_url()
    app = make_app(broker, backend, task_track_started=True)
    conf = {"task_track_started": True}
    with (
        WorkerProcess(broker, backend, concurrency=2, conf=conf) as prefork,
        WorkerProcess(broker, backend, pool="threads", queues=["other"], conf=conf) as threads,
        TestClient(create_app([Cluster(app)]), base_url="http://127.0.0.1:5555") as client,
    ):
        places = {"{prefork}": prefork.hostname, "{threads}": threads.hostname}
        eventually(lambda: len(client.get("/api/workers").json()) == 2, 30)
        done = app.send_task("tests.add", (1, 2))
        broken = app.send_task("tests.fail", ("x<b>",))
        places |= {"{sum}": done.id, "{fail}": broken.id}
        for task in (done, broken):
            eventually(lambda task=task: _ended(client, task.id), 20)
        yield client, places


def _ended(client: TestClient, task_id: str) -> bool:
    answer = client.get(f"/api/task/info/{task_id}")
    return answer.status_code == 200 and answer.json()["state"] in {"SUCCESS", "FAILURE"}


def _name(entry: dict[str, Any]) -> str:
    return f"{entry['method']} {entry['path']} {entry.get('form') or entry.get('body') or ''}"


def _filled(text: str, places: dict[str, str]) -> str:
    for place, value in places.items():
        text = text.replace(place, value)
    return text


@pytest.mark.parametrize("entry", ANSWERS, ids=_name)
def test_an_answer_is_what_flower_gives(context: Context, entry: dict[str, Any]) -> None:
    client, places = context
    flower, ours = entry["flower"], entry.get("ours", {})
    content = _filled(entry.get("form") or entry.get("body") or "", places)
    answer = client.request(
        entry["method"],
        _filled(entry["path"], places),
        content=content,
        headers=FORM if content else {},  # as `curl -d` says, whatever the body is
    )
    assert answer.status_code == ours.get("status", flower["status"]), answer.text[:500]
    if ours:
        assert ours["why"]
    elif "text" in flower and answer.headers["content-type"].startswith("text/plain"):
        assert answer.text.startswith(_filled(flower["text"], places).partition(": ")[0])
    elif answer.status_code == 200 and entry["method"] not in ("HEAD", "OPTIONS"):
        _compare(
            answer.json() if "json" in answer.headers["content-type"] else None, flower, places
        )


def _compare(body: Any, flower: dict[str, Any], places: dict[str, str]) -> None:
    if "json" in flower:
        wanted = json.loads(_filled(json.dumps(flower["json"]), places))
        if "message" in wanted:  # ours may go on with a warning
            assert body["message"].startswith(wanted["message"])
        else:
            assert body == wanted
    if "keys" in flower:
        assert sorted(body) == flower["keys"]
    if "keys_of_each" in flower:
        assert body
        for row in body.values():
            assert set(flower["keys_of_each"]) <= set(row)
    if "empty" in flower:
        assert (not body) == flower["empty"]
