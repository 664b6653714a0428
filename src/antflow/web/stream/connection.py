"""A connection that the application can end, whether or not its peer reads.

Closing a connection waits until the peer has read what was sent. One that never reads would
keep it, and the memory of what was sent, for ever; a reset does not wait.
"""

from __future__ import annotations

import socket
import struct
from asyncio import BaseTransport, Transport
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

ABORT = "antflow.abort"

UNSENT = 128 * 2**10
"""Bytes that the system keeps for a peer beyond those under way; more would be old frames."""

P = TypeVar("P")

_RESET = struct.pack("ii", 1, 0)


def abortable(protocol: type[P]) -> type[P]:
    """A protocol class of uvicorn that lets the application abort its connection.

    The stream finds the way in the scope's `state`. Under another server, it closes instead.

    Args:
        protocol: `uvicorn.protocols.http.h11_impl.H11Protocol`, or the one of httptools.
    """

    class Abortable(protocol):  # type: ignore[valid-type,misc]
        app_state: dict[str, Any]

        def connection_made(self, transport: BaseTransport) -> None:
            _keep_little(transport)
            self.app_state = {**self.app_state, ABORT: lambda: _abort(cast(Transport, transport))}
            super().connection_made(transport)

    return cast(type[P], Abortable)


def abort_of(scope: Any) -> Callable[[], None] | None:
    """What aborts the connection of a request; None where the server offers nothing."""
    found: Callable[[], None] | None = scope.get("state", {}).get(ABORT)
    return found


def _keep_little(transport: BaseTransport) -> None:
    option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    connection = transport.get_extra_info("socket")
    if option is not None and connection is not None:
        with suppress(OSError):  # a Unix socket has no such thing
            connection.setsockopt(socket.IPPROTO_TCP, option, UNSENT)


def _abort(transport: Transport) -> None:
    connection = transport.get_extra_info("socket")
    if connection is not None:
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()
