"""A rebound name, and another site's page, change nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from antflow.web import Settings
from antflow.web.security.hosts import HostList

CHANGE = "/api/v1/sources/fake/commands/worker.shutdown"
HOSTILE_HOSTS = (
    "evil.example",
    "evil.example:5555",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evil.example#127.0.0.1",
    "127.0.0.1@evil.example",
    "evil.example:80@127.0.0.1",
    "localhost:5555.evil.example",
    "localhost/evil.example",
    "localhost\\evil.example",
    "localhost,evil.example",
    "localhost evil.example",
    "localhost:abc",
    "localhost:0",
    "localhost:99999",
    "localhost:",
    ":5555",
    "",
    " ",
    "*",
    "0.0.0.0",
    "[::]",
    "[::1",
    "::1",
    "[::ffff:203.0.113.7]",
    "203.0.113.7",
    "2130706433",
    "0x7f.1",
    "127.1",
    "локалхост",
    "localhost.",
    "xn--lcalhost-xyz",
)
HOSTILE_ORIGINS = (
    "null",
    "",
    "http://evil.example",
    "https://evil.example",
    "http://127.0.0.1",
    "http://127.0.0.1:5556",
    "http://localhost:5555",
    "http://127.0.0.1:5555.evil.example",
    "http://evil.example#127.0.0.1:5555",
    "http://evil.example/127.0.0.1:5555",
    "http://127.0.0.1:5555@evil.example",
    "http://evil.example\\@127.0.0.1:5555",
    "http://127.0.0.1:5555/",
    "http://127.0.0.1:5555 http://evil.example",
    "127.0.0.1:5555",
    "//127.0.0.1:5555",
    "file://127.0.0.1:5555",
    "chrome-extension://127.0.0.1:5555",
    "http:127.0.0.1:5555",
    "javascript://127.0.0.1:5555",
)


@pytest.fixture(scope="module")
def client(client_of: Callable[[Settings], TestClient]) -> TestClient:
    return client_of(Settings())


@pytest.mark.parametrize("host", HOSTILE_HOSTS)
def test_a_host_that_is_not_this_servers_is_refused(client: TestClient, host: str) -> None:
    for path in ("/", "/api/v1/session", "/metrics", "/static/x", "/login"):
        assert client.get(path, headers={b"host": host.encode()}).status_code == 400


@pytest.mark.parametrize("origin", HOSTILE_ORIGINS)
def test_a_change_from_an_origin_that_is_not_this_host_is_refused(
    client: TestClient, origin: str
) -> None:
    answer = client.post(CHANGE, json={"target": "x"}, headers={"origin": origin})
    assert answer.status_code == 403
    assert client.app.state.site.source().commands == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "nonsense", "none, cross-site"])
@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "application/x-www-form-urlencoded"]
)
def test_a_change_that_another_site_asked_for_is_refused(
    client: TestClient, site: str, kind: str
) -> None:
    headers = {"sec-fetch-site": site, "content-type": kind}
    assert client.post(CHANGE, content='{"target":"x"}', headers=headers).status_code == 403


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_our_own_pages_may_change(client: TestClient, site: str) -> None:
    headers = {"sec-fetch-site": site, "origin": "http://127.0.0.1:5555"}
    answer = client.post(CHANGE, json={"target": "celery@none"}, headers=headers)
    assert "refused:" not in answer.text


def test_a_script_that_is_no_browsers_may_change(client: TestClient) -> None:
    answer = client.post(CHANGE, json={"target": "celery@none"})
    assert "refused:" not in answer.text


def test_a_session_without_origin_is_refused(guarded: TestClient) -> None:
    same = {"origin": "http://127.0.0.1:5555"}
    login = guarded.post("/login", data={"name": "ada", "password": "admin"}, headers=same)
    assert login.status_code == 303
    answer = guarded.post(CHANGE, json={"target": "x"})
    assert (answer.status_code, "session without" in answer.text) == (403, True)
    assert "refused:" not in guarded.post(CHANGE, json={"target": "x"}, headers=same).text


def test_reading_is_open_to_links_from_elsewhere(client: TestClient) -> None:
    assert client.get("/tasks", headers={"sec-fetch-site": "cross-site"}).status_code == 200


@pytest.mark.parametrize(
    ("settings", "name", "allowed"),
    [
        (Settings(), "localhost", True),
        (Settings(), "LOCALHOST", True),
        (Settings(), "[::1]", True),
        (Settings(address="0.0.0.0"), "192.0.2.7", True),
        (Settings(address="0.0.0.0"), "[2001:db8::1]", True),
        (Settings(address="0.0.0.0"), "evil.example", False),
        (Settings(address="192.0.2.7"), "192.0.2.7", True),
        (Settings(address="192.0.2.7"), "192.0.2.8", False),
        (Settings(address="::1"), "[::1]", True),
        (Settings(allowed_hosts=("ops.example.org",)), "ops.example.org", True),
        (Settings(allowed_hosts=("ops.example.org",)), "x.ops.example.org", False),
        (Settings(allowed_hosts=("*.example.org",)), "ops.example.org", True),
        (Settings(allowed_hosts=("*.example.org",)), "evilexample.org", False),
        (Settings(allowed_hosts=("*",)), "anything.example", True),
    ],
)
def test_which_names_are_this_servers(settings: Settings, name: str, allowed: bool) -> None:
    assert HostList(settings).allows(name) is allowed
