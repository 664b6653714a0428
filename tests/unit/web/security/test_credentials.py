"""Names, passwords, tokens: compared in constant time, checked off the loop, limited."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from antflow.exceptions import AntFlowError
from antflow.web import Settings
from antflow.web.security.accounts import Token, read_tokens, read_users
from antflow.web.security.passwords import hash_password, verify
from antflow.web.security.refusal import RefusalError
from antflow.web.security.scrypt import Verifier
from antflow.web.security.throttle import FAILURES, WITHIN, Throttle

ODD = {
    "empty": b"",
    "no colon": b"ada",
    "no name": b":admin",
    "no password": b"ada:",
    "wrong": b"ada:wrong",
    "another's": b"ada:viewer",
    "not ASCII": "ada:пароль".encode(),
    "no UTF-8": b"ada:\xff\xfe",
    "a zero": b"ada:ad\0min",
    "a name with a zero": b"ada\0:admin",
    "long": b"ada:" + b"x" * 5_000,
    "a longer right one": b"ada:admin ",
}


def basic(pair: bytes) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(pair).decode()}


@pytest.fixture
def strangers(guarded: TestClient) -> TestClient:
    """A client whose address has not failed yet."""
    guarded.app.state.site.authentication.throttle = Throttle()  # type: ignore[attr-defined]
    return guarded


@pytest.mark.parametrize("pair", ODD.values(), ids=ODD)
def test_odd_credentials_are_refused_and_break_nothing(strangers: TestClient, pair: bytes) -> None:
    assert strangers.get("/api/v1/session", headers=basic(pair)).status_code == 401


@pytest.mark.parametrize(
    "text", ["", "Basic", "Basic ", "Basic !", "Bearer", "Bearer ", "Bearer é", "x", "Bearer " * 9]
)
def test_a_header_that_is_none_is_refused(strangers: TestClient, text: str) -> None:
    headers = {b"authorization": text.encode()}
    assert strangers.get("/api/v1/session", headers=headers).status_code == 401


def test_a_megabyte_of_credentials_is_refused(strangers: TestClient) -> None:
    answer = strangers.get("/api/v1/session", headers=basic(b"ada:" + b"x" * 1_000_000))
    assert answer.status_code == 401


def test_the_right_password_gives_the_users_role(strangers: TestClient) -> None:
    session = strangers.get("/api/v1/session", headers=basic(b"otto:operator")).json()
    assert (session["name"], session["role"], session["auth"]) == ("otto", "operator", "basic")


def test_a_browsers_page_is_not_asked_by_a_window(strangers: TestClient) -> None:
    assert strangers.get("/api/workers").headers["www-authenticate"].startswith("Basic")
    page = strangers.get("/tasks?search=a%20b", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["www-authenticate"][:6]) == (401, "Bearer")
    assert 'value="/tasks?search=a%20b"' in page.text


def test_logging_in_and_out(strangers: TestClient) -> None:
    same = {"origin": "http://127.0.0.1:5555"}
    form = {"name": "vera", "password": "viewer", "next": "/workers"}
    answer = strangers.post("/login", data=form, headers=same)
    assert (answer.status_code, answer.headers["location"]) == (303, "/workers")
    kept = strangers.cookies.get("antflow_session_5555") or ""
    assert strangers.get("/api/v1/session").json()["name"] == "vera"
    strangers.post("/logout", headers=same)
    assert strangers.get("/api/v1/session").status_code == 401
    again = {"cookie": f"antflow_session_5555={kept}"}
    assert strangers.get("/api/v1/session", headers=again).status_code == 401


def test_a_wrong_login_shows_the_form_again_and_says_why(strangers: TestClient) -> None:
    answer = strangers.post("/login", data={"name": "<b>", "password": "x", "next": "/workers"})
    assert answer.status_code == 401
    assert "wrong name" in answer.text
    assert 'value="/workers"' in answer.text


def test_an_address_that_fails_too_often_has_to_wait(strangers: TestClient) -> None:
    answers = [
        strangers.get("/api/v1/session", headers=basic(b"ada:%d" % n)).status_code
        for n in range(FAILURES + 2)
    ]
    assert answers == [401] * FAILURES + [429, 429]


def test_who_is_remembered_is_not_locked_out_by_others(strangers: TestClient) -> None:
    assert strangers.get("/api/v1/session", headers=basic(b"ada:admin")).status_code == 200
    for n in range(FAILURES + 1):
        strangers.get("/api/v1/session", headers=basic(b"ada:%d" % n))
    assert strangers.get("/api/v1/session", headers=basic(b"ada:admin")).status_code == 200


def test_failures_are_forgotten_after_five_minutes() -> None:
    now = [0.0]
    throttle = Throttle(lambda: now[0])
    for _ in range(FAILURES):
        throttle.attempt("192.0.2.1")
    with pytest.raises(RefusalError):
        throttle.attempt("192.0.2.1")
    throttle.attempt("192.0.2.2")
    now[0] = WITHIN
    throttle.attempt("192.0.2.1")


def test_one_machines_many_ipv6_addresses_count_as_one() -> None:
    throttle = Throttle()
    for n in range(FAILURES):
        throttle.attempt(f"2001:db8::{n:x}")
    with pytest.raises(RefusalError):
        throttle.attempt("2001:db8::ffff")


async def test_a_right_password_is_remembered_for_five_minutes() -> None:
    now = [0.0]
    users = read_users(Settings(users=(f"ada:{hash_password('x')}:admin",)))
    verifier = Verifier(users, lambda: now[0])
    assert await verifier.check("ada", b"x")
    assert not await verifier.check("ada", b"y")
    assert verifier.remembers("ada", b"x")
    assert not verifier.remembers("ada", b"y")
    now[0] = 300.0
    assert not verifier.remembers("ada", b"x")
    verifier.close()


def test_a_hash_is_of_its_password_only() -> None:
    made = hash_password("pässwört")
    assert verify("pässwört".encode(), made)
    assert not verify(b"passwort", made)
    assert made != hash_password("pässwört")


@pytest.mark.parametrize("password", ["", "x" * 1_025])
def test_a_password_has_a_sensible_length(password: str) -> None:
    with pytest.raises(ValueError, match="bytes"):
        hash_password(password)


@pytest.mark.parametrize(
    "line",
    [
        "ada",
        "ada:plain",
        "ada:plain:admin",
        ":x",
        "ada:scrypt$1$1$1$a$b:admin",
        "ada:scrypt$1073741824$8$1$AAAA$AAAA:admin",
    ],
)
def test_a_line_of_users_that_is_none_is_refused_without_its_secret(line: str) -> None:
    with pytest.raises(AntFlowError) as caught:
        read_users(Settings(users=(line,)))
    assert "plain" not in str(caught.value)


def test_a_role_that_there_is_not_is_refused() -> None:
    with pytest.raises(AntFlowError, match="viewer, operator, admin"):
        read_users(Settings(users=(f"ada:{hash_password('x')}:root",)))


def test_files_of_users_and_tokens_may_have_comments(tmp_path: Path) -> None:
    users, tokens = tmp_path / "users", tmp_path / "tokens"
    users.write_text(f"# us\n\nada:{hash_password('x')}\n")
    tokens.write_text(f"ci:{'0' * 64}:operator:2030-01-31\n")
    settings = Settings(users_file=str(users), tokens_file=str(tokens))
    assert read_users(settings)["ada"].role == "viewer"
    assert read_tokens(settings)["0" * 64].last_day == dt.date(2030, 1, 31)


def test_a_token_is_good_until_its_last_day_is_over() -> None:
    token = Token("ci", "", "viewer", dt.date(2030, 1, 31))
    over = dt.datetime(2030, 2, 1, tzinfo=dt.UTC).timestamp()
    assert not token.is_expired(over - 1)
    assert token.is_expired(over)


def test_no_secret_is_in_a_repr(client_of: Callable[[Settings], TestClient]) -> None:
    made = hash_password("x")
    settings = Settings(users=(f"a:{made}",), cookie_secret="c00kie", oauth_secret="0auth")
    site = client_of(settings).app.state.site  # type: ignore[attr-defined]
    shown = repr((settings, site, site.authentication.users, site.authentication.sessions))
    for secret in (made, "c00kie", "0auth"):
        assert secret not in shown
