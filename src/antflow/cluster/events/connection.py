"""Connections to the app's broker, with its own options, that never wait for long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import antflow.cluster.broker  # noqa: F401 - makes addresses of its transport known

TIMEOUT = 2.5  # seconds for connecting, and for one answer
HEARTBEAT = 2  # seconds; AMQP gives up a connection after twice that


def _bounded_options(app: Any, timeout: float) -> dict[str, Any]:
    """Options that bound every wait, where the app's configuration has none."""
    given = app.conf.broker_transport_options or {}
    names = ("socket_timeout", "socket_connect_timeout", "read_timeout", "write_timeout")
    # pyamqp hands its options on to amqp.Connection, which refuses unknown ones only by ignoring
    # them; other transports look up those that they know.
    return {name: timeout for name in names if given.get(name) is None}


@contextmanager
def connected(app: Any, *, timeout: float = TIMEOUT) -> Iterator[Any]:
    """A live `kombu.Connection` of the app, closed in the end; tries every address of it once.

    Args:
        app: the Celery app.
        timeout: seconds that one step may take, where the app sets no other.

    Raises:
        Exception: whatever the broker's client raises when it cannot connect.
    """
    connection = app.connection_for_read(
        heartbeat=app.conf.broker_heartbeat and HEARTBEAT,
        connect_timeout=timeout,
        transport_options=_bounded_options(app, timeout),
    )
    try:
        connection.ensure_connection(
            max_retries=_alternatives(connection), interval_start=0, interval_step=0
        )
        yield connection
    finally:
        with suppress(Exception):
            connection.release()


def _alternatives(connection: Any) -> int:
    """How many further addresses there are to try."""
    if connection.transport_cls == "sentinel":
        return 0  # its addresses are sentinels, and all of them are asked anyway
    return max(0, len(connection.alt) - 1)


def address(app: Any) -> str:
    """The broker's address without its password."""
    with suppress(Exception):
        return str(app.connection_for_read().as_uri(include_password=False))
    return "the broker"
