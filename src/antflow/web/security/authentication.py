"""Says who sent a request, from its credentials or its session."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from antflow.web.security.accounts import Token, User, digest_of, read_tokens, read_users
from antflow.web.security.hosts import address_of as ip_address_of
from antflow.web.security.hosts import is_loopback
from antflow.web.security.identity import EVERYBODY, NOBODY, Identity
from antflow.web.security.oauth.allowed import read_entries, role_of
from antflow.web.security.refusal import RefusalError
from antflow.web.security.scrypt import Verifier
from antflow.web.security.sessions import Session, Sessions
from antflow.web.security.throttle import Throttle
from antflow.web.settings import Settings

LONGEST: Final = 8_192
WRONG: Final = "wrong name, password or token"


class Authentication:
    """Who is who, by the settings.

    Raises:
        AccountError: users or tokens cannot be read.
        AllowListError: `oauth_allow` cannot be read.

    Attributes:
        sessions: the session cookies.
        users: by name.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.users = read_users(settings)
        self._tokens = read_tokens(settings)
        self._allowed = read_entries(settings.oauth_allow)
        self.sessions = Sessions(settings)
        self.verifier = Verifier(self.users)
        self.throttle = Throttle()

    def __repr__(self) -> str:
        return f"<Authentication {len(self.users)} users, {len(self._tokens)} tokens>"

    @property
    def is_configured(self) -> bool:
        """Whether anybody has to say who they are."""
        return self._settings.has_authentication

    async def identify(self, request: HTTPConnection) -> Identity:
        """Who sent a request; nobody where it does not say.

        Raises:
            RefusalError: 401, its credentials are wrong; 429, too many were wrong before.
        """
        if not self.is_configured:
            return EVERYBODY if self._is_near(request) else NOBODY
        given = request.headers.getlist("authorization")
        if given:
            return await self._by_header(given, address_of(request))
        session = self.sessions.read(request)
        return self._by_session(session) if session else NOBODY

    async def login(self, name: str, password: bytes, address: str) -> Identity:
        """Who a name and a password are.

        Raises:
            RefusalError: 401, they are wrong; 429, too many were wrong before.
        """
        user = self.users.get(name)
        if user is None or not self.verifier.remembers(name, password):
            succeeded = self.throttle.attempt(address)
            is_right = await self.verifier.check(name, password)
            if user is None or not is_right:
                raise RefusalError(401, WRONG)
            succeeded()
        return Identity(name, user.role, "basic")

    def role_of(self, email: str, groups: tuple[str, ...]) -> Identity | None:
        """Who somebody is that the provider vouches for; None where no entry names them."""
        role = role_of(self._allowed, email, groups)
        return Identity(email, role, "oauth") if role else None

    def stamp_of(self, user: User) -> str:
        """A mark of a user's password, for the session to end with it."""
        return hashlib.sha256(user.hash.encode()).hexdigest()[:16]

    def _is_near(self, request: HTTPConnection) -> bool:
        # mounted into somebody's application, the address listened on is not ours to check
        host = request.client.host if request.client else "localhost"
        return self._settings.insecure or is_loopback(host) or ip_address_of(host) is None

    async def _by_header(self, given: list[str], address: str) -> Identity:
        scheme, _, rest = given[0].partition(" ")
        if len(given) > 1 or len(rest) > LONGEST:
            raise RefusalError(401, WRONG)
        if scheme.lower() == "basic":
            name, password = _basic(rest)
            return await self.login(name, password, address)
        if scheme.lower() == "bearer":
            return self._by_token(rest.strip(), address)
        raise RefusalError(401, WRONG)

    def _by_token(self, text: str, address: str) -> Identity:
        # header values come as latin-1, so any text encodes to the very bytes that were sent
        digest = digest_of(text.encode("latin-1", "replace"))
        found: Token | None = None
        for known, token in self._tokens.items():
            if hmac.compare_digest(known.encode(), digest.encode()):
                found = token
        if found is None or found.is_expired(time.time()):
            self.throttle.attempt(address)
            raise RefusalError(401, WRONG)
        return Identity(found.name, found.role, "token")

    def _by_session(self, session: Session) -> Identity:
        if session.how == "oauth":
            return self.role_of(session.name, session.groups) or NOBODY
        user = self.users.get(session.name)
        if user is None or not hmac.compare_digest(self.stamp_of(user), session.stamp):
            return NOBODY
        return Identity(user.name, user.role, "basic")


def _basic(text: str) -> tuple[str, bytes]:
    try:
        pair = base64.b64decode(text.strip().encode("latin-1"), validate=True)
    except (binascii.Error, ValueError):
        raise RefusalError(401, WRONG) from None
    name, colon, password = pair.partition(b":")
    if not colon:
        raise RefusalError(401, WRONG)
    return name.decode("utf-8", "replace"), password


def address_of(request: HTTPConnection) -> str:
    """Where a request came from; `local` for a socket without addresses."""
    return request.client.host if request.client else "local"


def challenge(headers: Headers) -> dict[str, str]:
    """What a 401 asks for; a browser's script is not asked for a password by a window."""
    is_browser = "sec-fetch-mode" in headers or "text/html" in headers.get("accept", "")
    return {"www-authenticate": f'{"Bearer" if is_browser else "Basic"} realm="antflow"'}
