"""Every route stands in the one table, and the table is what is enforced."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from antflow.web import Settings, create_app
from antflow.web.app import PARTS
from antflow.web.security.identity import ROLES, Identity
from antflow.web.security.permissions import PERMISSIONS, permission_for
from antflow.web.sources.fake import FakeSource

ROWS = sorted(PERMISSIONS.items())
GUARDED = [row for row in ROWS if row[1] != "public"]
WRONG = {
    "none": {},
    "unknown token": {"authorization": "Bearer nobody-has-this-one"},
    "expired token": {"authorization": "Bearer token-of-yesterday"},
    "unknown scheme": {"authorization": "Digest username=ada"},
    "not base64": {"authorization": "Basic ***"},
    "forged session": {"cookie": "antflow_session_5555=eyJhIjoxfQ.aaaa.bbbb"},
}


def routes_of(router: Any) -> Iterator[tuple[str, str]]:
    for route in router.routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from routes_of(inner)
        else:
            for method in route.methods:
                yield method, route.path


def address(template: str) -> str:
    return re.sub(r"\{[^}]*\}", "x", template.replace("{source}", "fake"))


@pytest.mark.parametrize("part", PARTS)
def test_every_route_of_every_part_has_a_permission(part: str) -> None:
    site = create_app([FakeSource()]).state.site
    found = set(routes_of(importlib.import_module(part).router(site)))
    assert found
    missing = {
        (method, path)
        for method, path in found
        if (method, path) not in PERMISSIONS and method not in ("HEAD", "OPTIONS")
    }
    assert not missing


def test_every_row_of_the_table_has_a_route() -> None:
    site = create_app([FakeSource()]).state.site
    parts = (importlib.import_module(part).router(site) for part in PARTS)
    assert set(PERMISSIONS) <= {route for part in parts for route in routes_of(part)}


def test_a_route_that_is_not_in_the_table_answers_nobody() -> None:
    app = create_app([FakeSource()])
    app.add_api_route("/forgotten", lambda: "here", methods=["GET"])
    client = TestClient(app, "http://127.0.0.1:5555")
    assert client.get("/forgotten").status_code == 404


@pytest.mark.parametrize("headers", WRONG.values(), ids=WRONG)
def test_no_row_but_public_ones_lets_wrong_credentials_in(
    guarded: TestClient, headers: dict[str, str]
) -> None:
    """401 for each; 429 where an address has failed too often."""
    answers = {}
    for (method, path), _ in GUARDED:
        extra = {"sec-fetch-site": "same-origin"} if "cookie" in headers else {}
        answer = guarded.request(method, address(path), headers={**headers, **extra})
        answers[method, path] = answer.status_code
    assert set(answers.values()) <= {401, 429}
    assert "401" in str(answers)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_gets_what_its_rows_say_and_no_more(
    guarded: TestClient, bearer: Callable[[str], dict[str, str]], role: Any
) -> None:
    wrong = []
    for (method, path), needed in GUARDED:
        may = Identity("x", role).may(needed)
        if may and path == "/api/v1/stream":
            continue  # it has no end; the tests of streams read it
        answer = guarded.request(method, address(path), headers=bearer(role), content="{}")
        is_refused = answer.status_code == 403 and "needs the role" in answer.text
        if is_refused is may:
            wrong.append((method, path, answer.status_code, answer.text))
    assert wrong == []


def test_a_read_only_server_refuses_every_change_even_an_admins(
    client_of: Callable[[Settings], TestClient],
) -> None:
    client = client_of(Settings(read_only=True))
    for (method, path), _ in ROWS:
        if method != "GET":
            answer = client.request(method, address(path))
            is_refused = (answer.status_code, "read-only" in answer.text) == (403, True)
            assert is_refused is (path not in ("/login", "/logout")), path


def test_monitoring_is_public_unless_the_settings_say_otherwise(
    client_of: Callable[[Settings], TestClient], users: tuple[str, ...]
) -> None:
    open_one = client_of(Settings(users=users))
    closed = client_of(Settings(users=users, metrics_auth=True))
    for path in ("/metrics", "/healthcheck"):
        assert open_one.get(path).status_code == 200
        assert closed.get(path).status_code == 401


def test_the_strictest_of_the_rows_that_fit_counts() -> None:
    assert permission_for("POST", "/api/task/apply/tasks.add") == "admin"
    assert permission_for("HEAD", "/api/v1/audit") == "admin"
    assert permission_for("DELETE", "/api/v1/audit") is None


def test_the_wrong_verb_is_told_which_is_right(guarded: TestClient, bearer: Any) -> None:
    answer = guarded.put("/api/v1/session", headers=bearer("viewer"))
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


def test_the_caller_is_admin_where_nobody_has_to_say_who_they_are(
    client_of: Callable[[Settings], TestClient],
) -> None:
    session = client_of(Settings()).get("/api/v1/session").json()
    assert (session["role"], session["auth"]) == ("admin", "none")


def test_without_authentication_other_machines_are_refused() -> None:
    app = create_app([FakeSource()])
    far = TestClient(app, "http://127.0.0.1:5555", client=("203.0.113.7", 4000))
    near = TestClient(app, "http://127.0.0.1:5555", client=("127.0.0.1", 4000))
    assert far.get("/api/v1/session").status_code == 403
    assert near.get("/api/v1/session").status_code == 200


def test_tasks_to_call_can_be_narrowed_to_a_list(
    client_of: Callable[[Settings], TestClient],
) -> None:
    client = client_of(Settings(apply_tasks=("reports.*",)))
    for verb in ("apply", "async-apply", "send-task"):
        answer = client.post(f"/api/task/{verb}/shell.run", content="{}")
        assert (answer.status_code, "may not be called" in answer.text) == (403, True)
        answer = client.post(f"/api/task/{verb}/reports.make", content="{}")
        assert "may not be called" not in answer.text
