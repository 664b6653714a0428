"""Receiving through a kombu consumer: RabbitMQ, filesystem, memory and whatever else there is."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from antflow.cluster.events.decoding import Event, decode_body
from antflow.cluster.events.inlet import Decoded, Inlet

POLL = 0.1  # seconds in which a stop is noticed
SLICE = 0.005  # seconds for which messages are gathered before they are handed over
GATHER = 512  # messages gathered at most
UNREADABLE = 20  # messages in a row that the transport itself cannot read, until reconnecting


def _decode(message: Any) -> Decoded:
    body = message.body
    if isinstance(body, memoryview):
        body = body.tobytes()
    return decode_body(body, message.content_type, message.content_encoding)


class Consumer:
    """One consumer on a queue of its own, from declaring it to deleting it.

    Args:
        connection: a live kombu connection.
        app: the Celery app.
    """

    def __init__(self, connection: Any, app: Any) -> None:
        self._connection = connection
        self._channel = connection.channel()
        self._queue = app.events.Receiver(self._channel).queue(self._channel)
        self._messages: list[Any] = []

    def run(self, inlet: Inlet, ready: Callable[[], None]) -> None:
        """Receive until told to stop.

        Args:
            inlet: where messages go.
            ready: called when the queue is bound.

        Raises:
            Exception: the connection was lost, or the broker does not answer any more.
        """
        consumer = self._connection.Consumer(
            [self._queue], self._channel, on_message=self._messages.append, no_ack=True
        )
        try:
            consumer.consume()
            ready()
            self._read(inlet)
        finally:
            # Where the connection is gone the broker deletes the queue itself: it expires.
            with suppress(Exception):
                consumer.cancel()
            with suppress(Exception):
                self._queue.delete()
            with suppress(Exception):
                self._unbind()
            with suppress(Exception):
                self._channel.close()

    def _unbind(self) -> None:
        """Take the queue out of the table that kombu's memory transport forgets to clear."""
        table = self._channel.state.exchanges[self._queue.exchange.name]["table"]
        table[:] = [row for row in table if row[2] != self._queue.name]

    def _read(self, inlet: Inlet) -> None:
        pulse = _Pulse(self._connection, inlet)
        unreadable = 0
        while not inlet.stop.is_set():
            try:
                self._gather()
                unreadable = 0
            except (ValueError, KeyError, TypeError):
                unreadable += 1
                inlet.link.cannot_read()
                if unreadable >= UNREADABLE:
                    raise
            self._hand_over(inlet)
            pulse.beat()

    def _gather(self) -> None:
        """Wait for a message, and take those that are there behind it."""
        messages, drain = self._messages, self._connection.drain_events
        try:
            drain(timeout=POLL)
            until = time.monotonic() + SLICE
            while len(messages) < GATHER and time.monotonic() < until:
                drain(timeout=0.001)
        except TimeoutError:
            pass

    def _hand_over(self, inlet: Inlet) -> None:
        if not self._messages:
            return
        messages, self._messages[:] = list(self._messages), []
        events: list[Event] = []
        size = 0
        for message in messages:
            size += len(message.body or "")
            inlet.take(partial(_decode, message), events)
        inlet.deliver(events, size)


class _Pulse:
    """Keeps an AMQP connection's heartbeat, and notices the broker's signs of life."""

    def __init__(self, connection: Any, inlet: Inlet) -> None:
        self._connection = connection
        self._link = inlet.link
        self._amqp = bool(connection.supports_heartbeats and connection.heartbeat)
        self._next = 0.0
        self._bytes = -1

    def beat(self) -> None:
        """Look; raises where the broker has been silent for too long."""
        now = time.monotonic()
        if not self._amqp:
            self._link.alive()
            return
        if now < self._next:
            return
        self._next = now + 0.5
        transport = self._connection.connection
        read = getattr(transport, "bytes_recv", None)
        if read != self._bytes:
            self._bytes = -1 if read is None else read
            self._link.alive()
        self._connection.heartbeat_check(rate=4)
