"""Connections to the broker that ask workers, kept for the next question."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from celery import Celery

from antflow.cluster.broker.limits import limits
from antflow.cluster.inspector.wording import unreachable

KEPT: Final = 4
"""Connections kept open while nobody asks, at most."""

IDLE: Final = 30.0
"""Seconds after which a connection that nobody used is not trusted any more."""

PATIENCE: Final = 2.0
"""Seconds that one step on the wire may take, at most."""


@dataclass
class Line:
    """A connection with a channel.

    Attributes:
        connection: kombu's connection.
        channel: its channel.
        used: monotonic time of its last use; 0.0: never.
    """

    connection: Any
    channel: Any
    used: float = 0.0

    @property
    def is_fresh(self) -> bool:
        """Whether nothing was asked over it before."""
        return self.used == 0.0

    def probe(self) -> None:
        """Raise what a broken connection raises, where that would not show before a reply is due.

        Kombu's channel on Redis reads over one connection and writes over others.
        """
        if self.connection.transport.driver_type == "redis":
            self.channel.client.ping()

    def close(self) -> None:
        """Close it, in `PATIENCE` seconds at most; what is broken already is left."""
        with contextlib.suppress(Exception):
            self.connection.release()

    def drop(self) -> None:
        """Close its sockets without a word to the broker."""
        # Both transports would otherwise wait for the broker's last word.
        with contextlib.suppress(Exception):
            if self.connection.transport.driver_type == "amqp":
                # The public name of it would connect once more.
                self.connection._connection.collect()
            else:
                self.channel._in_poll = None
        self.close()


@dataclass
class Lines:
    """The connections of one application, shared by threads.

    Attributes:
        app: the application.
        timeout: seconds that connecting may take; never more than `PATIENCE`.
    """

    app: Celery
    timeout: float
    _idle: list[Line] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closings: int = 0

    @property
    def patience(self) -> float:
        """Seconds that one step on the wire may take."""
        return min(self.timeout, PATIENCE)

    @contextlib.contextmanager
    def line(self, *, fresh: bool = False) -> Iterator[Line]:
        """One for the time of a question; kept afterwards unless that failed, or `close` came.

        Raises:
            BrokerConnectionError: no connection, or it broke meanwhile.
        """
        line = (None if fresh else self._take()) or self.open()
        closings = self._closings
        try:
            yield line
        except self.errors(line) as error:
            line.drop()
            raise unreachable(self.app, error) from error
        except BaseException:
            line.drop()
            raise
        self._keep(line, closings)

    def errors(self, line: Line) -> tuple[type[BaseException], ...]:
        """What a broken connection raises."""
        own: tuple[type[BaseException], ...] = line.connection.connection_errors
        return (*own, *line.connection.channel_errors, OSError)

    def open(self) -> Line:
        """A new one.

        Raises:
            BrokerConnectionError: the broker refuses, or does not answer.
        """
        connection = self.app.connection_for_write(connect_timeout=self.patience)
        bounds = limits(connection, self.patience)
        connection.transport_options = {**connection.transport_options, **bounds}
        line = Line(connection, None)
        hosts = max(len(connection.alt), 1)
        try:
            connection.ensure_connection(
                max_retries=hosts - 1, interval_start=0, interval_step=0, timeout=self.patience
            )
            line.channel = connection.channel()
        except Exception as error:
            line.drop()
            raise unreachable(self.app, error) from error
        return line

    def _take(self) -> Line | None:
        with self._lock:
            line = self._idle.pop() if self._idle else None
        if line is None or time.monotonic() - line.used < IDLE:
            return line
        self.close()
        line.drop()
        return None

    def _keep(self, line: Line, closings: int) -> None:
        line.used = time.monotonic()
        with self._lock:
            keep = closings == self._closings and len(self._idle) < KEPT
            if keep:
                self._idle.append(line)
        if not keep:
            line.close()

    def close(self) -> None:
        """Close what is kept; blocks for as long as a broker takes to say goodbye.

        A line in use is closed by whoever uses it. Questions may follow, over new lines.
        """
        with self._lock:
            self._closings += 1
            lines, self._idle = self._idle, []
        for line in lines:
            line.close()
