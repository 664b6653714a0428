"""The way to the provider and back: state, nonce, PKCE, each good for one browser and once."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from antflow.web.security.oauth.person import Person, person_of
from antflow.web.security.oauth.provider import (
    TIMEOUT,
    Client,
    Provider,
    ProviderError,
    read_client,
)
from antflow.web.security.refusal import RefusalError, base_path
from antflow.web.settings import Settings

PENDING: Final = 1_000
MINUTES: Final = 10
SCOPES: Final = {"github": "read:user user:email read:org", "gitlab": "openid email profile"}
USUAL_SCOPES: Final = "openid email profile"


@dataclass(frozen=True)
class Pending:
    """A login under way.

    Attributes:
        verifier: PKCE's.
        nonce: to be found in the ID token.
        browser: hash of the cookie of the browser that began it.
        address: where to go on to.
        until: when it is too late, on the monotonic clock.
    """

    verifier: str
    nonce: str
    browser: bytes
    address: str
    until: float


class Login:
    """Logins at the provider."""

    def __init__(
        self, client: Client, cookie: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._provider = Provider(client)
        self._cookie = cookie
        self._clock = clock
        self._pending: OrderedDict[str, Pending] = OrderedDict()

    def __repr__(self) -> str:
        return f"<Login by {self._client.provider}>"

    async def start(self, request: Request, address: str) -> Response:
        """Send the browser to the provider; it comes back with what `finish` takes.

        Raises:
            RefusalError: 503; the provider does not answer.
        """
        endpoints = await _reached(self._provider.endpoints())
        browser = request.cookies.get(self._cookie, "")
        browser = browser if len(browser) == 43 else secrets.token_urlsafe(32)
        state, verifier, nonce = (secrets.token_urlsafe(36) for _ in range(3))
        async with self._asker() as asker:
            to, _ = asker.create_authorization_url(
                endpoints.authorize, state=state, code_verifier=verifier, nonce=nonce
            )
        until = self._clock() + 60 * MINUTES
        self._pending[state] = Pending(verifier, nonce, _hash(browser), address, until)
        while len(self._pending) > PENDING:
            self._pending.popitem(last=False)
        answer = RedirectResponse(to, 302)
        self._set_cookie(request, answer, browser, 60 * MINUTES)
        return answer

    async def finish(self, request: Request) -> tuple[Person, str]:
        """Who came back, and where to go on to.

        Raises:
            RefusalError: 400, 403, this browser began no such login, or it is over, or the provider
                says no; 503, the provider does not answer.
        """
        pending = self._take(request)
        code = request.query_params.getlist("code")
        if "error" in request.query_params or len(code) != 1 or not code[0]:
            raise RefusalError(403, "refused: the provider let nobody in")
        token = await _reached(self._exchange(code[0], pending.verifier))
        return await _reached(person_of(self._provider, token, pending.nonce)), pending.address

    def forget(self, request: Request, answer: Response) -> None:
        """Take the cookie of the way back from the browser."""
        self._set_cookie(request, answer, "", 0)

    def _take(self, request: Request) -> Pending:
        states = request.query_params.getlist("state")
        browser = request.cookies.get(self._cookie, "")
        pending = self._pending.get(states[0]) if len(states) == 1 else None
        is_same = pending is not None and hmac.compare_digest(pending.browser, _hash(browser))
        if pending is None or not is_same:
            raise RefusalError(
                400, "refused: this browser has no such login under way; begin again"
            )
        del self._pending[states[0]]
        if pending.until < self._clock():
            raise RefusalError(400, "refused: this login took too long; begin again")
        return pending

    async def _exchange(self, code: str, verifier: str) -> dict[str, Any]:
        endpoints = await self._provider.endpoints()
        async with self._asker() as asker:
            token = await asker.fetch_token(endpoints.token, code=code, code_verifier=verifier)
        return dict(token)

    def _asker(self) -> Any:
        return AsyncOAuth2Client(
            client_id=self._client.key,
            client_secret=self._client.secret,
            scope=SCOPES.get(self._client.provider, USUAL_SCOPES),
            redirect_uri=self._client.redirect_uri,
            code_challenge_method="S256",
            timeout=TIMEOUT,
            follow_redirects=False,
        )

    def _set_cookie(self, request: Request, answer: Response, text: str, age: int) -> None:
        # lax, not strict: the way back from the provider begins on the provider's page
        answer.set_cookie(
            self._cookie,
            text,
            max_age=age,
            path=base_path(request.scope),
            secure=self._client.redirect_uri.startswith("https:"),
            httponly=True,
            samesite="lax",
        )


def make_login(settings: Settings) -> Login | None:
    """The login that the settings describe; None where they name no provider.

    Raises:
        ProviderError: they are not whole.
    """
    client = read_client(settings)
    return Login(client, f"antflow_login_{settings.port}") if client else None


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()


async def _reached(asking: Any) -> Any:
    try:
        return await asking
    except ProviderError as error:
        raise RefusalError(503, str(error)) from None
    except AuthlibBaseError:
        raise RefusalError(403, "refused: the provider does not take the code") from None
    except (httpx2.HTTPError, ValueError) as error:
        raise RefusalError(503, f"the provider gave no answer: {type(error).__name__}") from None
