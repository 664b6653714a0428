"""What is known of a provider: the presets, and what it says of itself by discovery."""

from __future__ import annotations

import asyncio
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx2

from antflow.exceptions import AntFlowError
from antflow.web.security.hosts import is_loopback
from antflow.web.settings import Settings

TIMEOUT: Final = 10.0
KEYS_KEPT: Final = 3_600.0
LARGEST: Final = 1_048_576

PRESETS: Final = {
    "google": "https://accounts.google.com",
    "gitlab": "https://gitlab.com",
    "github": "https://github.com",
    "okta": None,
    "oidc": None,
}
"""Where each provider lives, unless `oauth_issuer` says otherwise; None: it has to."""

CALLBACKS: Final = ("/oauth/callback", "/login")


class ProviderError(AntFlowError):
    """A provider's settings are not whole, or it does not answer; the text says what is missing."""


@dataclass(frozen=True)
class Endpoints:
    """Where a provider is asked.

    Attributes:
        authorize: where the browser is sent.
        token: where the code is exchanged.
        userinfo: where the person's data are; None where it has none.
        keys: where the keys of its ID tokens are; None: it has no ID tokens.
        issuer: what its ID tokens must name.
    """

    authorize: str
    token: str
    userinfo: str | None
    keys: str | None
    issuer: str


@dataclass(frozen=True)
class Client:
    """This server, as the provider knows it."""

    provider: str
    issuer: str
    key: str
    secret: str
    redirect_uri: str


def read_client(settings: Settings) -> Client | None:
    """The client that the settings describe; None where they name no provider.

    Raises:
        ProviderError: a setting is missing, or not one of those that it may be.
    """
    provider = settings.oauth_provider
    if provider is None:
        return None
    if provider not in PRESETS:
        raise ProviderError(f"no provider {provider!r}; there are: {', '.join(PRESETS)}")
    issuer = settings.oauth_issuer or PRESETS[provider]
    needed = {
        "oauth_issuer": issuer,
        "oauth_key": settings.oauth_key,
        "oauth_secret": settings.oauth_secret,
        "oauth_redirect_uri": settings.oauth_redirect_uri,
        "oauth_allow": settings.oauth_allow,
    }
    if missing := [name for name, value in needed.items() if not value]:
        raise ProviderError(f"a login by {provider} needs the settings {', '.join(missing)} too")
    redirect_uri = str(settings.oauth_redirect_uri)
    check_address(redirect_uri, "oauth_redirect_uri")
    if not urllib.parse.urlsplit(redirect_uri).path.endswith(CALLBACKS):
        raise ProviderError(f"oauth_redirect_uri has to end with {' or '.join(CALLBACKS)}")
    issuer = str(issuer).rstrip("/") if provider == "github" else str(issuer)
    check_address(issuer, "oauth_issuer")
    return Client(
        provider, issuer, str(settings.oauth_key), str(settings.oauth_secret), redirect_uri
    )


def check_address(address: str, what: str) -> None:
    """Take https only, and http to this machine.

    Raises:
        ProviderError: it is something else, or holds what an address must not.
    """
    try:
        parts = urllib.parse.urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ProviderError(f"{what} is no address: {address[:200]!r}") from None
    plain = address.isascii() and address.isprintable() and not set(address) & set(" \\<>\"'*")
    near = parts.scheme == "http" and is_loopback(host)
    if not plain or not host or parts.fragment or parts.username is not None:
        raise ProviderError(f"{what} is no plain address: {address[:200]!r}")
    if parts.scheme != "https" and not near:
        raise ProviderError(f"{what} has to begin with https:// (http:// on this machine only)")


class Provider:
    """A provider, asked for its endpoints and keys when they are first needed."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._endpoints: Endpoints | None = _github(client.issuer) if _is_github(client) else None
        self._keys: tuple[float, Mapping[str, Any]] = (0.0, {})
        self._asking = asyncio.Lock()

    async def endpoints(self) -> Endpoints:
        """Where to ask it.

        Raises:
            ProviderError: it does not say, or says it is somebody else.
        """
        async with self._asking:
            if self._endpoints is None:
                self._endpoints = await self._discover()
            return self._endpoints

    async def keys(self, *, anew: bool = False) -> Mapping[str, Any]:
        """The keys that sign its ID tokens, asked for once an hour or anew."""
        endpoints = await self.endpoints()
        age = time.monotonic() - self._keys[0]
        if not self._keys[1] or age > KEYS_KEPT or (anew and age > 10):
            assert endpoints.keys is not None
            self._keys = (time.monotonic(), await get_json(endpoints.keys))
        return self._keys[1]

    async def _discover(self) -> Endpoints:
        address = self.client.issuer.rstrip("/") + "/.well-known/openid-configuration"
        told = await get_json(address)
        if told.get("issuer") != self.client.issuer:
            raise ProviderError("the provider gives another issuer than oauth_issuer says")
        endpoints = Endpoints(
            authorize=str(told.get("authorization_endpoint", "")),
            token=str(told.get("token_endpoint", "")),
            userinfo=told.get("userinfo_endpoint"),
            keys=str(told.get("jwks_uri", "")),
            issuer=self.client.issuer,
        )
        for name in ("authorize", "token", "keys"):
            check_address(getattr(endpoints, name), f"the provider's {name} endpoint")
        return endpoints


def _is_github(client: Client) -> bool:
    return client.provider == "github"


def _github(root: str) -> Endpoints:
    return Endpoints(
        f"{root}/login/oauth/authorize",
        f"{root}/login/oauth/access_token",
        "https://api.github.com" if root == PRESETS["github"] else f"{root}/api/v3",
        None,
        root,
    )


async def get_json(address: str, token: str | None = None) -> Any:
    """A provider's answer.

    Raises:
        ProviderError: none came, an error, or something that is no JSON.
    """
    headers = {"accept": "application/json"}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    host = urllib.parse.urlsplit(address).hostname
    try:
        async with httpx2.AsyncClient(timeout=TIMEOUT, follow_redirects=False) as client:
            answer = await client.get(address, headers=headers)
        answer.raise_for_status()
        if len(answer.content) > LARGEST:
            raise ProviderError(f"the provider at {host} answers with more than a megabyte")
        return answer.json()
    except (httpx2.HTTPError, ValueError, RecursionError) as error:
        raise ProviderError(
            f"the provider at {host} gave no answer: {type(error).__name__}"
        ) from None
