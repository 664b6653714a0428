"""One request and its answer, as the gate sees them pass."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import HTTPConnection
from starlette.types import Message, Send

from antflow.web.security import audit
from antflow.web.security.authentication import address_of
from antflow.web.security.headers import secure
from antflow.web.security.hosts import SAFE_METHODS
from antflow.web.security.identity import current
from antflow.web.security.refusal import route_path

if TYPE_CHECKING:
    from antflow.web.site import Site

LOOKED_AT: Final = 4_096
SESSION_PATHS: Final = frozenset({"/login", "/logout", "/oauth/callback"})


class Exchange:
    """What is known of one request and its answer.

    Attributes:
        body: the request's, where it is one that asks for a change.
        is_started: whether the answer's head was sent.
    """

    def __init__(self, request: HTTPConnection, site: Site, send: Send) -> None:
        self._request = request
        self._site = site
        self._send = send
        self._is_change = request.scope["method"] not in SAFE_METHODS
        self._answer = bytearray()
        self._status = 0
        self._is_over = False
        self.body = b""
        self.is_started = False

    async def send(self, message: Message) -> None:
        """Pass a part of the answer on, with the headers that every answer carries."""
        if message["type"] == "http.response.start":
            self.is_started = True
            self._status = message["status"]
            message.setdefault("headers", [])
            message["headers"] = list(message["headers"])
            secure(message)
        elif message["type"] == "http.response.body":
            self._is_over = not message.get("more_body", False)
            if self._is_change and len(self._answer) < LOOKED_AT:
                self._answer += message.get("body", b"")[:LOOKED_AT]
        await self._send(message)

    async def until(self, closing: asyncio.Event, answering: Awaitable[None]) -> None:
        """Let a stream run until it ends, or until the server closes."""
        stream = asyncio.ensure_future(answering)
        closed = asyncio.ensure_future(closing.wait())
        try:
            await asyncio.wait((stream, closed), return_when=asyncio.FIRST_COMPLETED)
        finally:
            closed.cancel()
            stream_ended = stream.done()
            stream.cancel()
            outcome = (await asyncio.gather(stream, return_exceptions=True))[0]
        if stream_ended and isinstance(outcome, Exception):
            raise outcome
        if self.is_started and not self._is_over:
            await self.send({"type": "http.response.body", "body": b"", "more_body": False})

    def record(self) -> None:
        """Put it into the audit, where it asked for a change."""
        if not self._is_change:
            return
        identity, scope = current(self._request), self._request.scope
        told: dict[str, Any] = {
            "verb": "",
            "target": "",
            "asked": "" if route_path(scope) in SESSION_PATHS else self._asked(),
            "answer": self._text(bytes(self._answer)),
        }
        told |= {name: str(value) for name, value in scope.get(audit.SCOPE_KEY, {}).items()}
        # a target may be a search, and hold what was searched for
        told["target"] = self._site.redactor.text(told["target"])[: audit.LONGEST]
        record = audit.Record(
            at=time.time(),
            who=told.pop("who", identity.name),
            role=identity.role,
            address=address_of(self._request),
            method=scope["method"],
            path=self._site.redactor.text(route_path(scope)[: audit.LONGEST]),
            status=self._status,
            **{name: told[name] for name in ("verb", "target", "asked", "answer")},
        )
        self._site.audit.add(record)

    def _asked(self) -> str:
        query = self._request.scope["query_string"].decode("latin-1")
        return " ".join(filter(None, (self._text(query.encode()), self._text(self.body))))

    def _text(self, data: bytes) -> str:
        text = data[:LOOKED_AT].decode("utf-8", "replace")
        return self._site.redactor.text(text)[: audit.LONGEST]
