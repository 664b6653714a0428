"""Who the provider says somebody is: from its ID token, its userinfo, or GitHub's API."""

from __future__ import annotations

import hmac
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from antflow.web.security.oauth.provider import Provider, ProviderError, get_json
from antflow.web.security.refusal import RefusalError

ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "EdDSA",
)
"""Signatures by the provider's own key only: none, or one by a shared secret, is refused."""

LEEWAY: Final = 60
MOST_GROUPS: Final = 500


@dataclass(frozen=True)
class Person:
    """Somebody that a provider vouches for.

    Attributes:
        email: verified, in lower case; empty where there is none.
        groups: names of groups or organisations.
    """

    email: str
    groups: tuple[str, ...] = ()


async def person_of(provider: Provider, token: Mapping[str, Any], nonce: str) -> Person:
    """Who a provider's answer is about.

    Raises:
        RefusalError: 403; the answer is not signed as it has to be, or meant for somebody else.
        ProviderError: the provider does not answer.
    """
    access = token.get("access_token")
    if not isinstance(access, str) or not access:
        raise RefusalError(403, "refused: the provider gave no token")
    if provider.client.provider == "github":
        return await _github_person(provider, access)
    claims = await _verified(provider, token.get("id_token"), nonce)
    endpoints = await provider.endpoints()
    if endpoints.userinfo and not {"email", "groups"} <= claims.keys():
        more = await get_json(endpoints.userinfo, access)
        if isinstance(more, dict) and more.get("sub") == claims["sub"]:
            claims = {**more, **claims}
    email = claims.get("email")
    # some providers leave the claim out; only an explicit yes makes an address somebody's own
    is_verified = claims.get("email_verified") in (True, "true")
    groups = claims.get("groups", ())
    return Person(_email(email) if is_verified else "", _names(groups))


async def _verified(provider: Provider, text: Any, nonce: str) -> dict[str, Any]:
    if not isinstance(text, str) or not text:
        raise RefusalError(403, "refused: the provider gave no ID token")
    try:
        claims = await _decode(provider, text)
    except (JoseError, ValueError, KeyError, TypeError):
        raise RefusalError(403, "refused: the ID token is not signed by the provider") from None
    _check(claims, provider, nonce)
    return claims


async def _decode(provider: Provider, text: str) -> dict[str, Any]:
    try:
        keys = KeySet.import_key_set(await provider.keys())  # type: ignore[arg-type]
        return dict(jwt.decode(text, keys, algorithms=ALGORITHMS).claims)
    except (JoseError, ValueError):
        # the provider may have changed its keys since
        keys = KeySet.import_key_set(await provider.keys(anew=True))  # type: ignore[arg-type]
        return dict(jwt.decode(text, keys, algorithms=ALGORITHMS).claims)


def _check(claims: Mapping[str, Any], provider: Provider, nonce: str) -> None:
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    is_ours = provider.client.key in audiences
    if len(audiences) > 1 or "azp" in claims:
        is_ours = is_ours and claims.get("azp") == provider.client.key
    now = time.time()
    rules = {
        "issuer": claims.get("iss") == provider.client.issuer,
        "audience": is_ours,
        "nonce": hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()),
        "expiry": _is_time(claims.get("exp")) and claims["exp"] > now - LEEWAY,
        "time of issue": _is_time(claims.get("iat")) and claims["iat"] < now + LEEWAY,
        "subject": isinstance(claims.get("sub"), str) and bool(claims["sub"]),
    }
    if wrong := [name for name, holds in rules.items() if not holds]:
        raise RefusalError(403, f"refused: the ID token's {', '.join(wrong)} is wrong")


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


async def _github_person(provider: Provider, access: str) -> Person:
    root = (await provider.endpoints()).userinfo
    emails = await get_json(f"{root}/user/emails", access)
    organisations = await get_json(f"{root}/user/orgs?per_page=100", access)
    if not isinstance(emails, list) or not isinstance(organisations, list):
        raise ProviderError("GitHub gave no list of addresses or organisations")
    mine = [e for e in emails if isinstance(e, dict) and e.get("primary") is True]
    email = next((e.get("email") for e in mine if e.get("verified") is True), "")
    logins = (o.get("login") for o in organisations if isinstance(o, dict))
    return Person(_email(email), _names(list(logins)))


def _email(value: Any) -> str:
    return value.lower() if isinstance(value, str) and value.isascii() else ""


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, Iterable) or isinstance(value, str | bytes | Mapping):
        return ()
    return tuple(name for name in value if isinstance(name, str) and name)[:MOST_GROUPS]
