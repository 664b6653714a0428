"""Addresses and settings that would lead elsewhere, or let others in: all refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from antflow.exceptions import AntFlowError
from antflow.web import Settings, create_app
from antflow.web.sources.fake import FakeSource

ORIGIN = "http://127.0.0.1:5555"


def settings_for(**more: Any) -> Settings:
    return Settings(
        **{
            "oauth_provider": "oidc",
            "oauth_issuer": "https://login.example.org",
            "oauth_key": "client",
            "oauth_secret": "s",
            "oauth_redirect_uri": f"{ORIGIN}/oauth/callback",
            "oauth_allow": ("ann@example.org=operator",),
            **more,
        }
    )


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    app = create_app([FakeSource()], settings_for())
    with TestClient(app, ORIGIN, follow_redirects=False) as client:
        yield client


BAD_NEXT = (
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "https://evil.example",
    "https:evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "@evil.example",
    "%2f%2fevil.example",
    "/%2fevil.example",
    "/%5cevil.example",
    "/%09/evil.example",
    "/%252f/evil.example",
    "/../..//evil.example",
    "/\u2028evil",
    "/\x00",
    '/"><script>',
    "/" + "a" * 3_000,
    "?next=x",
    " /tasks",
)


@pytest.mark.parametrize("address", BAD_NEXT)
def test_an_address_elsewhere_to_go_on_to_is_refused(client: TestClient, address: str) -> None:
    for path in ("/oauth/start", "/login"):
        assert client.get(path, params={"next": address}).status_code == 400
    data = {"name": "a", "password": "b", "next": address}
    assert client.post("/login", data=data).status_code == 400


BAD_SETTINGS: dict[str, dict[str, Any]] = {
    "redirect to http": {"oauth_redirect_uri": "http://ops.example.org/oauth/callback"},
    "redirect elsewhere": {"oauth_redirect_uri": "https://ops.example.org/other"},
    "redirect with a pattern": {"oauth_redirect_uri": "https://*.example.org/oauth/callback"},
    "redirect with a user": {"oauth_redirect_uri": "https://a@b.example/oauth/callback"},
    "redirect with a fragment": {"oauth_redirect_uri": "https://b.example/oauth/callback#/login"},
    "redirect by path only": {"oauth_redirect_uri": "/oauth/callback"},
    "no redirect": {"oauth_redirect_uri": None},
    "no list": {"oauth_allow": ()},
    "a pattern for addresses": {"oauth_allow": (".*@example.org",)},
    "a pattern without end": {"oauth_allow": (r"ann@example\.org",)},
    "two by a bar": {"oauth_allow": ("ann@example.org|bob@example.org",)},
    "everybody": {"oauth_allow": ("*",)},
    "an empty domain": {"oauth_allow": ("@",)},
    "no such role": {"oauth_allow": ("ann@example.org=root",)},
    "no such provider": {"oauth_provider": "evil"},
    "no issuer": {"oauth_issuer": None},
    "issuer to http": {"oauth_issuer": "http://ops.example.org"},
}


@pytest.mark.parametrize("wrong", BAD_SETTINGS.values(), ids=BAD_SETTINGS)
def test_settings_that_would_let_others_in_are_refused_at_the_start(wrong: dict[str, Any]) -> None:
    with pytest.raises(AntFlowError):
        create_app([FakeSource()], settings_for(**wrong))
