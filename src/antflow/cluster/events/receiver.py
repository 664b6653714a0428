"""The thread that receives, and connects again for ever."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from antflow.cluster.events.backoff import delays
from antflow.cluster.events.connection import address, connected
from antflow.cluster.events.consumer import Consumer
from antflow.cluster.events.handover import Handover
from antflow.cluster.events.inlet import Inlet
from antflow.cluster.events.link import Link
from antflow.cluster.events.subscription import Subscription

_logger = logging.getLogger("antflow.cluster.events")


class Receiver:
    """Receives in a thread of its own, from `start()` to `stop()`.

    Args:
        app: the Celery app.
        handover: where events go.
        link: what is known of the connection.
        wake: called, in the thread, when something was handed over.
        on_connected: called, in the thread, when events can come, with the seconds it was deaf;
            None the first time.
    """

    def __init__(
        self,
        app: Any,
        handover: Handover,
        link: Link,
        wake: Callable[[], None],
        on_connected: Callable[[float | None], None],
    ) -> None:
        self.link = link
        self._app = app
        self._stop = threading.Event()
        self._inlet = Inlet(handover, link, self._stop, wake)
        self._on_connected = on_connected
        self._run_id: bytes | None = None
        self._was_up = False
        self._ended_by_server = False
        self._thread = threading.Thread(target=self._run, name="antflow-events", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self.link.started()
        self._thread.start()

    def stop(self, timeout: float) -> bool:
        """Tell the thread to end and wait for it; whether it did."""
        self._stop.set()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        self.link.address = address(self._app)
        waits = delays()
        while not self._stop.is_set():
            began = time.monotonic()
            self._was_up = False
            error = self._attempt()
            self.link.down(error)
            if self._was_up:
                waits = delays()
                self._ended_by_server = isinstance(error, ConnectionError)
            self._stop.wait(max(0.05, next(waits) - (time.monotonic() - began)))
        self.link.stopped()

    def _attempt(self) -> BaseException | None:
        """Connect and receive; what ended it, None where it was told to."""
        try:
            with connected(self._app) as connection:
                self._receive(connection)
        except Exception as error:
            level = logging.WARNING if self._was_up else logging.DEBUG
            _logger.log(level, "events of %s: %s", self.link.address, error)
            return error
        return None

    def _receive(self, connection: Any) -> None:
        if subscription := self._subscription(connection):
            subscription.run(self._inlet, lambda: self._up(subscription.run_id))
        else:
            Consumer(connection, self._app).run(self._inlet, self._up)

    def _subscription(self, connection: Any) -> Subscription | None:
        """The fast way, where it is a Redis and one topic holds all events."""
        if connection.transport.driver_type != "redis":
            return None
        from kombu.transport.redis import Channel

        channel = connection.default_channel
        if not isinstance(channel, Channel):
            return None
        subscription = Subscription(channel, self._app.conf.event_exchange)
        # While old and new topics are used side by side, kombu's own channel drops the doubles.
        return subscription if len(subscription.topics) == 1 else None

    def _up(self, run_id: bytes | None = None) -> None:
        if run_id is not None and run_id == self._run_id and self._ended_by_server:
            self.link.cut()
        self._ended_by_server = False
        self._run_id = run_id
        self._was_up = True
        self._on_connected(self.link.up())
