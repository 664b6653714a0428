"""Login by a provider: a small real one runs on loopback, and is as wrong as a test wants it."""

from __future__ import annotations

import base64
import hashlib
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from json_server import json_server
from starlette.testclient import TestClient

from antflow.web import Settings, create_app
from antflow.web.sources.fake import FakeSource

ORIGIN = "http://127.0.0.1:5555"
REDIRECT = f"{ORIGIN}/oauth/callback"
KEY = RSAKey.generate_key(2048, {"kid": "one"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one"})


@dataclass
class SmallProvider:
    """A provider: discovery, keys, tokens; `claims` and `key` say what its ID tokens hold."""

    claims: dict[str, Any] = field(default_factory=dict)
    key: Any = field(default_factory=lambda: KEY)
    algorithm: str = "RS256"
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    issuer: str = ""

    def authorize(self, address: str) -> str:
        """What the provider's own page does: takes the browser's request, gives out a code."""
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))
        self.asked.append(asked)
        code = f"code-{len(self.asked)}"
        self.codes[code] = asked
        return code

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The answer to an exchange; each code is good once, with its verifier and address."""
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or asked["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        if asked["code_challenge_method"] != "S256" or asked["code_challenge"] != challenge:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        usual = {
            "iss": self.issuer,
            "sub": "1",
            "aud": "client",
            "exp": now + 60,
            "iat": now,
            "nonce": asked["nonce"],
            "email": "ann@example.org",
            "email_verified": True,
        }
        claims = {k: v for k, v in {**usual, **self.claims}.items() if v is not None}
        header = {"alg": self.algorithm, "kid": "one"}
        signed = jwt.encode(header, claims, self.key, algorithms=[self.algorithm])
        return 200, {"access_token": "at", "token_type": "Bearer", "id_token": signed}

    def answer(self, path: str) -> dict[str, Any]:
        """What is asked for by GET."""
        if path.endswith("/openid-configuration"):
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            }
        return {"keys": [KEY.as_dict(private=False)]}


@pytest.fixture
def provider() -> Iterator[SmallProvider]:
    small = SmallProvider()

    def answer(path: str, _: Mapping[str, str]) -> tuple[int, Any]:
        return 200, small.answer(path)

    with json_server(answer, small.token) as small.issuer:
        yield small


def settings_for(provider: SmallProvider, **more: Any) -> Settings:
    return Settings(
        **{
            "oauth_provider": "oidc",
            "oauth_issuer": provider.issuer,
            "oauth_key": "client",
            "oauth_secret": "s",
            "oauth_redirect_uri": REDIRECT,
            "oauth_allow": ("ann@example.org=operator", "@example.com=viewer", "group:ops=admin"),
            **more,
        }
    )


@pytest.fixture
def client(provider: SmallProvider) -> Iterator[TestClient]:
    app = create_app([FakeSource()], settings_for(provider))
    with TestClient(app, ORIGIN, follow_redirects=False) as client:
        yield client


def log_in(client: TestClient, provider: SmallProvider, address: str = "/tasks?search=x") -> Any:
    to_provider = client.get("/oauth/start", params={"next": address})
    assert to_provider.status_code == 302
    code = provider.authorize(to_provider.headers["location"])
    state = provider.asked[-1]["state"]
    return client.get("/oauth/callback", params={"code": code, "state": state})


def test_somebody_on_the_list_gets_their_role_and_goes_on(
    client: TestClient, provider: SmallProvider
) -> None:
    answer = log_in(client, provider)
    assert 'url=/tasks?search=x"' in answer.text
    session = client.get("/api/v1/session").json()
    assert (session["name"], session["role"], session["auth"]) == (
        "ann@example.org",
        "operator",
        "oauth",
    )


def test_the_session_is_a_cookie_that_no_script_and_no_other_site_can_use(
    client: TestClient, provider: SmallProvider
) -> None:
    cookies = log_in(client, provider).headers.get_list("set-cookie")
    session = next(c for c in cookies if c.startswith("antflow_session"))
    assert "HttpOnly" in session
    assert "SameSite=strict" in session


def test_the_provider_is_asked_with_state_nonce_pkce_and_the_exact_address(
    client: TestClient, provider: SmallProvider
) -> None:
    log_in(client, provider)
    log_in(client, provider)
    first, second = provider.asked
    assert first["redirect_uri"] == REDIRECT
    assert first["code_challenge_method"] == "S256"
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 43
        assert first[name] != second[name]


BAD_CLAIMS = {
    "another address": {"email": "bob@example.org"},
    "an address around ours": {"email": "ann@example.org.evil.example"},
    "ours inside another": {"email": "xann@example.org"},
    "two at signs": {"email": "ann@example.org@evil.example"},
    "a line's end": {"email": "ann@example.org\nx@evil.example"},
    "a line's end before": {"email": "evil\nann@example.org"},
    "a domain around ours": {"email": "eve@example.com.evil.example"},
    "a domain below ours": {"email": "eve@x.example.com"},
    "a domain that ends like ours": {"email": "eve@notexample.com"},
    "letters that look alike": {"email": "аnn@example.org"},
    "a pattern": {"email": ".*@example.com"},
    "a list": {"email": ["ann@example.org"]},
    "none": {"email": None},
    "not verified": {"email_verified": False},
    "verification not told": {"email_verified": None},
    "groups as text": {"email": None, "groups": "ops"},
    "groups as a mapping": {"email": None, "groups": {"ops": 1}},
    "a group in another case": {"email": None, "groups": ["OPS", "ops ", "opsx", "xops"]},
    "another issuer": {"iss": "http://127.0.0.1:1"},
    "another audience": {"aud": "somebody"},
    "several audiences, not for us": {"aud": ["client", "x"], "azp": "x"},
    "expired": {"exp": 1_000_000_000},
    "no expiry": {"exp": None},
    "issued tomorrow": {"iat": 4_000_000_000},
    "another nonce": {"nonce": "x"},
    "no nonce": {"nonce": None},
    "no subject": {"sub": None},
}


@pytest.mark.parametrize("claims", BAD_CLAIMS.values(), ids=BAD_CLAIMS)
def test_whom_the_list_does_not_name_is_refused(
    client: TestClient, provider: SmallProvider, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    assert log_in(client, provider).status_code == 403
    assert client.get("/api/v1/session").status_code == 401


def test_a_group_gives_its_role(client: TestClient, provider: SmallProvider) -> None:
    provider.claims = {"groups": ["staff", "ops"]}
    assert log_in(client, provider).status_code == 200
    assert client.get("/api/v1/session").json()["role"] == "admin"


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(OTHER_KEY, "RS256"), (OctKey.import_key("client-secret-of-32-bytes-length"), "HS256")],
    ids=["another key", "a shared secret"],
)
def test_an_id_token_that_the_provider_did_not_sign_is_refused(
    client: TestClient, provider: SmallProvider, key: Any, algorithm: str
) -> None:
    provider.key, provider.algorithm = key, algorithm
    assert log_in(client, provider).status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "",
        "code=x",
        "state=x",
        "code=x&state=",
        "code=x&state=guess",
        "error=access_denied",
        "code=code-1",
        "code=code-1&state=STATE&state=STATE",
        "code=code-1&code=code-1&state=STATE",
        "code=&state=STATE",
        "error=denied&state=STATE",
    ],
)
@pytest.mark.parametrize("path", ["/oauth/callback", "/login"])
def test_a_way_back_that_was_not_begun_here_is_refused(
    client: TestClient, provider: SmallProvider, path: str, query: str
) -> None:
    started = client.get("/oauth/start")
    provider.authorize(started.headers["location"])
    answer = client.get(f"{path}?{query.replace('STATE', provider.asked[-1]['state'])}")
    if path == "/login" and not {"code", "state", "error"} & set(
        dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
    ):
        assert answer.status_code == 200
    else:
        assert answer.status_code in (400, 403)
    assert client.get("/api/v1/session").status_code == 401


def test_a_state_is_good_for_one_browser_only(client: TestClient, provider: SmallProvider) -> None:
    started = client.get("/oauth/start")
    code = provider.authorize(started.headers["location"])
    other = TestClient(client.app, ORIGIN, follow_redirects=False)
    query = {"code": code, "state": provider.asked[-1]["state"]}
    assert other.get("/oauth/callback", params=query).status_code == 400
    assert client.get("/oauth/callback", params=query).status_code == 200


def test_a_state_is_good_once(client: TestClient, provider: SmallProvider) -> None:
    log_in(client, provider)
    query = {"code": "code-1", "state": provider.asked[-1]["state"]}
    assert client.get("/oauth/callback", params=query).status_code == 400


def test_a_provider_that_is_not_there_is_said_so(provider: SmallProvider) -> None:
    settings = settings_for(provider, oauth_issuer="http://127.0.0.1:9")
    with TestClient(create_app([FakeSource()], settings), ORIGIN) as client:
        answer = client.get("/oauth/start")
    assert (answer.status_code, "gave no answer" in answer.text) == (503, True)


def test_a_provider_that_says_it_is_another_is_refused(provider: SmallProvider) -> None:
    settings = settings_for(provider, oauth_issuer=provider.issuer + "/")
    with TestClient(create_app([FakeSource()], settings), ORIGIN) as client:
        assert client.get("/oauth/start").status_code == 503
