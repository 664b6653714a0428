"""Sizes are bounded, every answer carries the headers, every change asked for is recorded."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from antflow.web import Settings
from antflow.web.security.audit import KEPT, Audit, Record
from antflow.web.security.headers import FIXED, POLICY
from antflow.web.security.refusal import RefusalError

CHANGE = "/api/v1/sources/fake/commands/worker.shutdown"


@pytest.fixture(scope="module")
def client(client_of: Callable[[Settings], TestClient]) -> TestClient:
    return client_of(Settings())


def records(client: TestClient) -> Any:
    return client.app.state.site.audit.newest()  # type: ignore[attr-defined]


def test_a_body_over_a_megabyte_is_refused(client: TestClient) -> None:
    assert client.post(CHANGE, content=b"x" * 1_048_577).status_code == 413


def test_a_body_that_does_not_tell_its_length_is_refused_too(client: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        yield from [b"x" * 65_536] * 20

    assert client.post(CHANGE, content=chunks()).status_code == 413


@pytest.mark.parametrize("length", ["-1", "1e3", "9" * 5_000, "x"])
def test_a_length_that_is_none_is_refused(client: TestClient, length: str) -> None:
    answer = client.post(CHANGE, content=b"{}", headers={"content-length": length})
    assert answer.status_code == 413


def test_a_login_has_a_smaller_bound(client: TestClient) -> None:
    assert client.post("/login", content=b"x" * 16_385).status_code == 413


def test_a_query_over_eight_kilobytes_is_refused(client: TestClient) -> None:
    assert client.get("/api/v1/session?x=" + "a" * 8_191).status_code == 414
    assert client.get("/api/v1/session?x=" + "a" * 8_190).status_code == 200


def test_a_path_without_end_is_refused(client: TestClient) -> None:
    assert client.get("/worker/" + "a" * 5_000).status_code == 414


@pytest.mark.parametrize(
    "body",
    [
        "[" * 200_000,
        '{"a":' * 100_000,
        '{"target": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"target": "x", "arguments": {"n": ' + "9" * 500_000 + "}}",
        '{"target": 1e999999}',
        '{"target": NaN}',
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
        "\0",
        "",
        "null",
        '"x"',
        '{"target": "\\ud800"}',
    ],
    ids=lambda body: body[:12],
)
@pytest.mark.parametrize("path", [CHANGE, "/api/task/apply/t"])
def test_hostile_json_is_refused_and_breaks_nothing(
    client: TestClient, path: str, body: str
) -> None:
    answer = client.post(path, content=body.encode("latin-1", "replace"))
    assert 400 <= answer.status_code < 500
    assert client.get("/api/v1/session").status_code == 200


async def test_a_body_that_dribbles_is_refused() -> None:
    import asyncio

    from starlette.datastructures import Headers

    from antflow.web.security.bodies import read_body

    async def dribble() -> dict[str, Any]:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"x", "more_body": True}

    with pytest.raises(RefusalError, match="did not come") as caught:
        await read_body(dribble, Headers(), 1_000_000, 0.1)
    assert caught.value.status == 408


ANSWERS = {
    "/": 200,
    "/nope": 404,
    "/api/v1/nope": 404,
    "/api/v1/session": 200,
    "/api/v1/openapi.json": 200,
    "/api/docs": 200,
    "/api/v1/sources/nope/frame": 404,
    "/api/v1/sources/fake/tasks?search=(": 400,
    "/api/v1/sources/fake/tasks?limit=x": 422,
    "/api/v1/sources/fake/report.html": 200,
    "/metrics": 200,
    "/login": 200,
    "/login.css": 200,
    "/static/nope.js": 404,
}


@pytest.mark.parametrize("path", ANSWERS)
def test_every_answer_carries_the_headers(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == ANSWERS[path]
    policy = answer.headers["content-security-policy"]
    assert policy == POLICY or ("report" in path and "default-src 'none'" in policy)
    assert "unsafe" not in policy.replace("style-src 'unsafe-inline'", "")
    assert {name: answer.headers[name] for name in FIXED} == FIXED
    assert "access-control-allow-origin" not in answer.headers


def test_an_error_of_ours_is_500_without_what_is_inside(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise RuntimeError("password=hun7er2")

    monkeypatch.setattr(client.app.state.site.source(), "schedule", broken)  # type: ignore[attr-defined]
    answer = client.get("/api/v1/sources/fake/schedule")
    assert answer.json() == {"error": "internal server error", "status": 500}
    assert answer.headers["content-security-policy"] == POLICY
    assert "RuntimeError" in caplog.text
    assert "hun7er2" not in caplog.text


def test_errors_are_json_under_our_api_and_text_elsewhere(client: TestClient) -> None:
    assert client.get("/api/v1/x").json()["status"] == 404
    assert client.get("/api/x").headers["content-type"].startswith("text/plain")


def test_every_change_asked_for_is_one_record_with_its_answer(client: TestClient) -> None:
    before = len(records(client))
    client.post(CHANGE, json={"target": "celery@none", "arguments": {"password": "hun7er2"}})
    client.post(CHANGE, json={}, headers={"origin": "http://evil.example"})
    client.post("/api/v1/nope")
    client.get("/api/v1/session")
    missing, refused, unwanted = records(client)[:3]
    assert len(records(client)) == before + 3
    assert (missing.status, refused.status) == (404, 403)
    assert "Origin" in refused.answer
    assert "hun7er2" not in repr(unwanted)
    assert (unwanted.who, unwanted.role, unwanted.path) == ("anonymous", "admin", CHANGE)


def test_a_login_is_recorded_without_its_password(client: TestClient) -> None:
    client.post("/login", data={"name": "ann", "password": "hun7er2"})
    newest = records(client)[0]
    assert (newest.verb, newest.target) == ("login", "ann")
    assert "hun7er2" not in repr(newest)


def test_the_audits_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "audit"
    audit = Audit(str(path))
    audit.add(Record(1.0, "ann", "admin", "local", "POST", "/x", status=200))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text())["who"] == "ann"


def test_a_file_that_cannot_be_written_loses_nothing_else(tmp_path: Path) -> None:
    audit = Audit(str(tmp_path / "no" / "audit"))
    audit.add(Record(1.0, "ann", None, "local", "POST", "/x"))
    assert audit.problem is not None
    assert len(audit.newest()) == 1


def test_the_audit_keeps_the_newest() -> None:
    audit = Audit()
    for n in range(KEPT + 5):
        audit.add(Record(float(n), "ann", None, "local", "POST", "/x"))
    assert [record.at for record in audit.newest(2)] == [KEPT + 4.0, KEPT + 3.0]
    assert len(audit.newest(10_000)) == KEPT
    assert audit.newest(0) == []
