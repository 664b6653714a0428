"""Celery's remote control on the wire: questions out, replies in, many at once on one channel.

Kombu's own mailbox sends one question at a time and waits for the whole timeout unless it knows
the number of replies; here all questions go out together, and the collection ends as soon as
everyone who is expected has answered everything.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from celery import Celery

from antflow.cluster.inspector.lines import Line

SLICE: Final = 0.1
"""Seconds of one wait at most: kombu's on Redis may take as much longer again."""

OnReply = Callable[[str, str, Any], None]
"""Called with command, worker and what it answered."""


@dataclass(frozen=True)
class Questions:
    """What is asked, of whom, and for how long the answers are collected.

    Attributes:
        commands: arguments by command.
        destination: the workers meant; None: all there are.
        expected: ends the collection once each of these has answered every command.
        deadline: monotonic time at which it ends anyway.
        quiet: seconds after the last answer that end it too; None: they do not.
    """

    commands: Mapping[str, Mapping[str, Any]]
    destination: Collection[str] | None
    expected: Collection[str]
    deadline: float
    quiet: float | None = None


def message_of(
    command: str, arguments: Mapping[str, Any], destination: Collection[str] | None
) -> dict[str, Any]:
    """A command as workers read it; without an address to reply to."""
    return {
        "method": command,
        "arguments": dict(arguments),
        "destination": None if destination is None else list(destination),
        "pattern": None,
        "matcher": None,
    }


def publish(line: Line, mailbox: Any, message: Mapping[str, Any], expires: float = 0) -> None:
    """Send a command to all workers; those that are not meant ignore it."""
    line.connection.Producer(line.channel, auto_declare=False).publish(
        message,
        exchange=mailbox.exchange.name,
        declare=[mailbox.exchange],
        headers={"clock": mailbox.clock.forward(), "expires": expires},
        serializer=mailbox.serializer,
        retry=False,
    )


@dataclass
class Exchange:
    """Questions on their way, and the replies to them."""

    app: Celery
    line: Line
    questions: Questions
    on_reply: OnReply
    _tickets: dict[str, str] = field(default_factory=dict)
    _missing: set[tuple[str, str]] = field(default_factory=set)
    _last: float | None = None
    _rung: bool = False

    def open(self) -> None:
        """Declare the queue of replies; a broken connection shows here, with nothing sent yet."""
        self._mailbox = self.app.control.mailbox(self.line.connection)
        queue = self._mailbox.get_reply_queue()
        self._oid = str(uuid.uuid4())
        queue.name = f"{self._oid}.{self._mailbox.reply_exchange.name}"
        queue.routing_key = self._oid
        self._queue = queue(self.line.channel)
        self._queue.declare()
        self._consumer = self.line.connection.Consumer(
            [self._queue],
            self.line.channel,
            no_ack=True,
            auto_declare=False,
            accept=self._mailbox.accept,
            callbacks=[self._receive],
            on_decode_error=lambda _message, _error: None,
        )
        self._consumer.consume()

    def send(self) -> None:
        """Send all questions."""
        asked = self.questions
        for command, arguments in asked.commands.items():
            ticket = str(uuid.uuid4())
            self._tickets[ticket] = command
            self._missing.update((command, worker) for worker in asked.expected)
            message = message_of(command, arguments, asked.destination)
            message["ticket"] = ticket
            exchange = self._mailbox.reply_exchange.name
            message["reply_to"] = {"exchange": exchange, "routing_key": self._oid}
            left = max(asked.deadline - time.monotonic(), 0.0)
            publish(self.line, self._mailbox, message, time.time() + left)

    def collect(self) -> None:
        """Take replies until all expected came, or until it is time."""
        expects = bool(self._missing)
        while not expects or self._missing:
            if not self._drain(self._time_left()):
                return

    def close(self) -> None:
        """Leave nothing behind on the broker, nor on the line."""
        self._ring()
        self._consumer.cancel()
        self.line.channel.queue_delete(self._queue.name)

    def _time_left(self) -> float:
        end = self.questions.deadline
        if self.questions.quiet is not None and self._last is not None:
            end = min(end, self._last + self.questions.quiet)
        return end - time.monotonic()

    def _drain(self, seconds: float) -> bool:
        """Take what comes; False when the time is over."""
        if seconds <= 0:
            return False
        try:
            self.line.connection.drain_events(timeout=min(seconds, SLICE))
        except TimeoutError:
            return self._time_left() > 0
        return True

    def _receive(self, body: Any, message: Any) -> None:
        headers = message.headers
        self._mailbox.clock.adjust(headers.get("clock") or 0)
        command = self._tickets.get(headers.get("ticket"))
        if command is None:
            self._rung = True
            return
        if not isinstance(body, dict):
            return
        self._last = time.monotonic()
        for worker, reply in body.items():
            self._missing.discard((command, worker))
            self.on_reply(command, worker, reply)

    def _ring(self) -> None:
        # On Redis a read that waits for the queue goes on for a second after the queue is gone:
        # a message to ourselves ends it, and the line is free at once.
        if self.line.connection.transport.driver_type != "redis":
            return
        self.line.connection.Producer(self.line.channel, auto_declare=False).publish(
            {}, exchange="", routing_key=self._queue.name, serializer="json", retry=False
        )
        end = time.monotonic() + 1.0
        while not self._rung and (left := end - time.monotonic()) > 0:
            try:
                self.line.connection.drain_events(timeout=left)
            except TimeoutError:
                return
