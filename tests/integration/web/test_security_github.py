"""Login by GitHub, which has no ID tokens: its primary, verified address and organisations."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from json_server import json_server
from starlette.testclient import TestClient

from antflow.web import Settings, create_app
from antflow.web.sources.fake import FakeSource

ORIGIN = "http://127.0.0.1:5555"
ANN = {"email": "ann@example.org", "primary": True, "verified": True}


@pytest.fixture
def github() -> Iterator[tuple[str, dict[str, Any]]]:
    """Its address, and what its API answers; a test may change that."""
    told: dict[str, Any] = {"emails": [ANN], "orgs": []}

    def answer(path: str, headers: Mapping[str, str]) -> tuple[int, Any]:
        is_known = headers.get("authorization") == "Bearer at"
        name = urllib.parse.urlsplit(path).path.rpartition("/")[2]
        return 200 if is_known else 401, told[name]

    def token(_: dict[str, str]) -> tuple[int, Any]:
        return 200, {"access_token": "at", "token_type": "bearer"}

    with json_server(answer, token) as address:
        yield address, told


def role_of_login(address: str) -> str | None:
    settings = Settings(
        oauth_provider="github",
        oauth_issuer=address,
        oauth_key="client",
        oauth_secret="s",
        oauth_redirect_uri=f"{ORIGIN}/login",
        oauth_allow=("ann@example.org=viewer", "group:acme=operator"),
    )
    with TestClient(create_app([FakeSource()], settings), ORIGIN, follow_redirects=False) as client:
        started = client.get("/oauth/start").headers["location"]
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(started).query))
        client.get("/login", params={"code": "c", "state": asked["state"]})
        role = client.get("/api/v1/session").json().get("role")
        return role if role is None else str(role)


def test_the_primary_verified_address_counts(github: tuple[str, dict[str, Any]]) -> None:
    assert role_of_login(github[0]) == "viewer"


@pytest.mark.parametrize("change", [{"verified": False}, {"primary": False}, {"verified": "yes"}])
def test_an_address_that_is_not_both_does_not(
    github: tuple[str, dict[str, Any]], change: dict[str, Any]
) -> None:
    github[1]["emails"] = [{**ANN, **change}]
    assert role_of_login(github[0]) is None


def test_an_organisation_gives_its_role(github: tuple[str, dict[str, Any]]) -> None:
    github[1]["orgs"] = [{"login": "acme"}]
    assert role_of_login(github[0]) == "operator"
