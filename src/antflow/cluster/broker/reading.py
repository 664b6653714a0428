"""`DepthReader`: keeps one connection to a broker and asks it about queues; blocking."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Final

from msgspec import MsgspecError

from antflow.cluster.broker.addresses import read_address
from antflow.cluster.broker.depth import Depth, ReadDepths
from antflow.cluster.broker.folder_queues import read_folder
from antflow.cluster.broker.limits import limits
from antflow.cluster.broker.rabbit_queues import Management, read_amqp
from antflow.cluster.broker.redis_queues import read_redis
from antflow.exceptions import BrokerConnectionError

if TYPE_CHECKING:
    from celery import Celery


READERS: Final[dict[str, ReadDepths]] = {
    "redis": read_redis,
    "amqp": read_amqp,
    "filesystem": read_folder,
    "memory": read_folder,
}
"""By kombu's type of driver; the queues of all others are not asked."""


class DepthReader:
    """Asks a broker; one thread at a time.

    Args:
        app: the Celery application.
        management_url: RabbitMQ's management API, or None.
        timeout: seconds that one answer of the broker may take.
    """

    def __init__(self, app: Celery, management_url: str | None, timeout: float) -> None:
        self._app = app
        self._management_url = management_url
        self._timeout = timeout
        self._connection: Any = None
        self._guard = threading.Lock()
        self._abandoned = False

    def read(self, names: Sequence[str]) -> dict[str, Depth]:
        """Depths of those queues that the broker knows.

        Raises:
            BrokerConnectionError: the broker cannot be reached.
        """
        with self._guard:
            try:
                return self._read(names)
            except self._errors() as error:
                self._drop()
                text = f"no connection to {read_address(self._app)}: {_first_line(error)}"
                raise BrokerConnectionError(text) from error
            finally:
                if self._abandoned:
                    self._drop()

    def _errors(self) -> tuple[type[Exception], ...]:
        from kombu.exceptions import KombuError

        # each client library has its own, which kombu tells once the transport is known
        known = self._connection
        own = () if known is None else known.connection_errors + known.channel_errors
        return (OSError, KombuError, ImportError, *own)

    def abandon(self) -> None:
        """Close the connection, or have it closed when the call that uses it ends."""
        self._abandoned = True
        if self._guard.acquire(blocking=False):
            self._drop()
            self._guard.release()

    def _read(self, names: Sequence[str]) -> dict[str, Depth]:
        if self._connection is None:
            self._connection = self._connect()
        connection = self._connection
        kind = connection.transport.driver_type
        if kind == "amqp" and self._management_url:
            # without it AMQP still tells the most important figures
            with contextlib.suppress(OSError, HTTPException, MsgspecError):
                return self._managed(connection, names)
        reader = READERS.get(kind)
        if reader is None:
            return {}
        connection.ensure_connection(max_retries=1, interval_start=0.1, timeout=self._timeout)
        return reader(connection, names)

    def _connect(self) -> Any:
        connection = self._app.connection_for_read(connect_timeout=self._timeout)
        options = {**(connection.transport_options or {}), **limits(connection, self._timeout)}
        if connection.transport.driver_type == "redis":
            options["retry_on_timeout"] = False
        connection.transport_options = options
        return connection

    def _managed(self, connection: Any, names: Sequence[str]) -> dict[str, Depth]:
        vhost = connection.virtual_host or "/"
        management = Management(self._management_url or "", vhost, self._timeout / 2)
        return management.read(names)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                # not `release`, which says goodbye to a broker that may not answer
                connection.collect(socket_timeout=0.1)


def _first_line(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__
