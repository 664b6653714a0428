"""HTTP as uvicorn reads it, and a little less patient."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from antflow.web.security.headers import FIXED, POLICY

HEAD_SECONDS: Final = 20.0
LARGEST_HEAD: Final = 65_536
CONNECTIONS: Final = 2_000


class GuardedProtocol(H11Protocol):
    """Closes a connection whose request's head does not come within 20 seconds.

    What is no HTTP, or has a head of more than 64 KB, is told so with the headers that every
    answer carries.
    """

    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection came; the 2,001st is closed at once."""
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            transport.close()
            return
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """A connection went."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """A part of a request came."""
        begins = self._is_between_requests()
        super().data_received(data)
        if not self._is_between_requests():
            self._stop_timer()
        elif begins and self._head_timer is None:
            # the next head on a connection that is kept
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _is_between_requests(self) -> bool:
        return self.conn.their_state is h11.IDLE

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _too_slow(self) -> None:
        self._head_timer = None
        if self._is_between_requests() and not self.transport.is_closing():
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Say that it was no request, and close."""
        self._stop_timer()
        if self.transport.is_closing() or self.conn.our_state is not h11.IDLE:
            # an answer is under way already
            self.transport.close()
            return
        status, text = (431, "the head is too large") if _is_too_large(self.conn) else (400, msg)
        headers: list[tuple[bytes, bytes]] = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-security-policy", POLICY.encode()),
            (b"cache-control", b"no-store"),
            *((name.encode(), value.encode()) for name, value in FIXED.items()),
            (b"connection", b"close"),
        ]
        parts: list[Any] = [
            h11.Response(status_code=status, headers=headers),
            h11.Data(data=text.encode()),
            h11.EndOfMessage(),
        ]
        for part in parts:
            self.transport.write(self.conn.send(part) or b"")
        self.transport.close()


def _is_too_large(conn: h11.Connection) -> bool:
    return len(conn.trailing_data[0]) > LARGEST_HEAD
