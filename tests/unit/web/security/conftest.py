"""What the tests of the guards share: a server over the fake source, without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from starlette.testclient import TestClient

from antflow.web import Settings, create_app
from antflow.web.security.accounts import digest_of
from antflow.web.security.passwords import hash_password
from antflow.web.sources.fake import FakeSource

ORIGIN = "http://127.0.0.1:5555"
TOKENS = {role: f"token-of-{role}-0123456789" for role in ("viewer", "operator", "admin")}


@pytest.fixture(scope="session")
def users() -> tuple[str, ...]:
    """Three users; each one's password is their role."""
    roles = {"vera": "viewer", "otto": "operator", "ada": "admin"}
    return tuple(f"{name}:{hash_password(role)}:{role}" for name, role in roles.items())


@pytest.fixture(scope="session")
def tokens() -> tuple[str, ...]:
    """Three tokens, and one whose last day is over."""
    lines = [f"{role}:{digest_of(token.encode())}:{role}" for role, token in TOKENS.items()]
    return (*lines, f"old:{digest_of(b'token-of-yesterday')}:admin:2020-01-01")


@pytest.fixture(scope="module")
def client_of() -> Iterator[Callable[[Settings], TestClient]]:
    """Makes a client of a server with these settings; errors of the server are answers."""
    with ExitStack() as stack:

        def make(settings: Settings) -> TestClient:
            app = create_app([FakeSource()], settings)
            client = TestClient(app, ORIGIN, raise_server_exceptions=False, follow_redirects=False)
            return stack.enter_context(client)

        yield make


@pytest.fixture
def guarded(
    client_of: Callable[[Settings], TestClient], users: tuple[str, ...], tokens: tuple[str, ...]
) -> TestClient:
    """A client of a server with users and tokens."""
    return client_of(Settings(users=users, tokens=tokens))


@pytest.fixture
def bearer() -> Callable[[str], dict[str, str]]:
    """The headers of a program with a role."""
    return lambda role: {"authorization": f"Bearer {TOKENS[role]}"}
