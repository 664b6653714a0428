"""Receiving from Redis by a plain subscription, at many times the speed of a kombu consumer."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from antflow.cluster.events.decoding import MAX_BODY, Event, decode_envelope
from antflow.cluster.events.inlet import Inlet
from antflow.cluster.events.resp import Stream

CHUNK = 64 * 1024  # bytes; short enough that decoding one does not keep the loop waiting
POLL = 0.1  # seconds in which a stop is noticed
PING_AFTER = 1.0  # seconds of silence
ANSWER_WITHIN = 2.0  # seconds
_PING = b"*1\r\n$4\r\nPING\r\n"
_RUN_ID = re.compile(rb"run_id:(\w+)")


def topics(channel: Any, exchange: str) -> list[str]:
    """The patterns to subscribe to for every event, as kombu's channel maps the exchange.

    Args:
        channel: a kombu Redis channel whose pool was made (that fills in its prefix).
        exchange: the exchange's name.
    """
    several = getattr(channel, "_get_publish_topics", None)
    names = several(exchange, "*") if several else [channel._get_publish_topic(exchange, "*")]
    return [channel.global_keyprefix + name for name in names]


class Subscription:
    """One subscription, from connecting to the end of the connection.

    Args:
        channel: a kombu Redis channel; its pool's options are the app's.
        exchange: name of the events' exchange.

    Attributes:
        run_id: which run of the server it is; None where it does not tell.
        topics: the patterns.
    """

    def __init__(self, channel: Any, exchange: str) -> None:
        pool = channel._get_pool()
        self.topics = topics(channel, exchange)
        self.run_id: bytes | None = None
        self._connection = pool.make_connection()
        self._stream = Stream(max_payload=MAX_BODY)
        self._oversize = 0

    def run(self, inlet: Inlet, ready: Callable[[], None]) -> None:
        """Receive until told to stop.

        Args:
            inlet: where messages go.
            ready: called when the subscription stands.

        Raises:
            Exception: the connection was lost, or the server does not answer any more.
        """
        try:
            self._open()
            self._read(inlet, ready)
        finally:
            with suppress(Exception):
                self._connection.disconnect()

    def _open(self) -> None:
        connection = self._connection
        connection.connect()
        self.run_id = _run_id(connection)
        connection.send_command("PSUBSCRIBE", *self.topics)

    def _read(self, inlet: Inlet, ready: Callable[[], None]) -> None:
        sock = self._connection._sock
        sock.settimeout(POLL)
        quiet_since = time.monotonic()
        asked: float | None = quiet_since  # the subscription itself wants an answer
        subscribed = False
        while not inlet.stop.is_set():
            try:
                data = sock.recv(CHUNK)
            except TimeoutError:
                now = time.monotonic()
                if asked is not None and now - asked > ANSWER_WITHIN:
                    raise TimeoutError("it accepts the connection and does not answer") from None
                if asked is None and now - quiet_since > PING_AFTER:
                    sock.sendall(_PING)
                    asked = now
                continue
            if not data:
                raise ConnectionResetError("the server closed the connection")
            asked, quiet_since = None, time.monotonic()
            inlet.link.alive()
            self._take(data, inlet)
            if not subscribed and self._stream.replies >= len(self.topics):
                subscribed = True
                ready()

    def _take(self, data: bytes, inlet: Inlet) -> None:
        stream = self._stream
        events: list[Event] = []
        size = 0
        for payload in stream.feed(data):
            size += len(payload)
            inlet.take(partial(decode_envelope, payload), events)
        inlet.link.cannot_read(stream.oversize - self._oversize)
        self._oversize = stream.oversize
        inlet.deliver(events, size)


def _run_id(connection: Any) -> bytes | None:
    """Which run of the server answers; None where INFO is not allowed."""
    from redis.exceptions import ResponseError

    try:
        connection.send_command("INFO", "server")
        text = connection.read_response()
    except ResponseError:
        return None
    found = _RUN_ID.search(text if isinstance(text, bytes) else str(text).encode())
    return found[1] if found else None
