"""Sessions of the pages: a signed cookie that no script and no other site can use."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any, Final

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import HTTPConnection
from starlette.responses import Response

from antflow.web.security.refusal import base_path
from antflow.web.settings import Settings

SALT: Final = "antflow.session.1"
LONGEST: Final = 3_500
REVOKED: Final = 10_000


@dataclass(frozen=True)
class Session:
    """What the cookie says, signed.

    Attributes:
        id: random.
        name: the user's name or the e-mail address.
        how: `basic` or `oauth`.
        groups: those that the provider told of.
        stamp: of the password's hash, so that a new password ends the session.
    """

    id: str
    name: str
    how: str
    groups: tuple[str, ...] = ()
    stamp: str = ""


class Sessions:
    """Makes and reads the session cookies of a server."""

    def __init__(self, settings: Settings) -> None:
        secret = settings.cookie_secret or secrets.token_urlsafe(32)
        self._serializer = URLSafeTimedSerializer(secret, salt=SALT)
        self._age = settings.session_age
        self._revoked: dict[str, float] = {}
        # cookies do not know ports: two servers on one machine would take each other's
        self.cookie = f"antflow_session_{settings.port}"

    def __repr__(self) -> str:
        return "<Sessions>"

    def is_sent(self, request: HTTPConnection) -> bool:
        """Whether a cookie of ours came along, good or bad."""
        return self.cookie in request.cookies

    def read(self, request: HTTPConnection) -> Session | None:
        """The session of a request; None without one, with a forged, old or ended one."""
        text = request.cookies.get(self.cookie, "")
        if not text or len(text) > 2 * LONGEST:
            return None
        try:
            values: Any = self._serializer.loads(text, max_age=self._age)  # type: ignore[arg-type]
            session = Session(values[0], values[1], values[2], tuple(values[3]), values[4])
        except (BadSignature, TypeError, IndexError, ValueError):
            return None
        return None if session.id in self._revoked else session

    def begin(
        self,
        request: HTTPConnection,
        answer: Response,
        name: str,
        how: str,
        *,
        groups: tuple[str, ...] = (),
        stamp: str = "",
    ) -> None:
        """Put a new session's cookie on an answer."""
        values = [secrets.token_urlsafe(12), name, how, list(groups), stamp]
        text = self._serializer.dumps(values)
        assert isinstance(text, str)
        while len(text) > LONGEST and values[3]:
            values[3] = values[3][: len(values[3]) // 2]
            text = str(self._serializer.dumps(values))
        self._set(request, answer, text, int(self._age))

    def end(self, request: HTTPConnection, answer: Response) -> None:
        """End the request's session, here and in the browser."""
        if session := self.read(request):
            self._revoked[session.id] = time.time()
            if len(self._revoked) > REVOKED:
                self._revoked.pop(next(iter(self._revoked)))
        self._set(request, answer, "", 0)

    def _set(self, request: HTTPConnection, answer: Response, text: str, age: int) -> None:
        answer.set_cookie(
            self.cookie,
            text,
            max_age=age,
            path=base_path(request.scope),
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
