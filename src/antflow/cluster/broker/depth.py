"""`Depth`: what a broker says about one queue at one moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from msgspec import Struct


class Depth(Struct, frozen=True):
    """A sample of a queue; None: the broker does not say.

    Attributes:
        ready: messages that wait.
        unacked: messages taken and not acknowledged.
        consumers: who takes from it.
        rate_in: messages a second in.
        rate_out: messages a second out.
        head: what names the message that goes next: its task's id, else its own.
        sent: when that message was sent, Unix seconds.
    """

    ready: int | None = None
    unacked: int | None = None
    consumers: int | None = None
    rate_in: float | None = None
    rate_out: float | None = None
    head: str | None = None
    sent: float | None = None

    @property
    def messages(self) -> int | None:
        """Ready and unacknowledged ones, as far as they are known."""
        return None if self.ready is None else self.ready + (self.unacked or 0)


def declared(connection: Any, names: Sequence[str]) -> dict[str, Any]:
    """What is answered to a passive declaration, by queue; those that are not there are left out.

    Raises:
        Exception: the connection is lost.
    """
    answers = {}
    for name in names:
        # a queue that is not there costs the channel
        with connection.channel() as channel, suppress(*connection.channel_errors):
            answers[name] = channel.queue_declare(queue=name, passive=True)
    return answers


ReadDepths = Callable[[Any, Sequence[str]], dict[str, Depth]]
"""Asks a kombu connection about queues, blocking; leaves out what it does not know."""
