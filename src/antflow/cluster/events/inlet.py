"""What every way of receiving has in common: decode, count, hand over."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event as Flag
from typing import TypeAlias

from antflow.cluster.events.decoding import Event, MalformedError
from antflow.cluster.events.handover import Handover
from antflow.cluster.events.link import Link

PATIENCE = 1.0  # seconds that a full handover may hold up reading; brokers buffer little more

Decoded: TypeAlias = tuple[list[Event], int]


class Inlet:
    """Takes messages of the receiving thread and puts their events into the handover.

    Args:
        handover: where events go.
        link: what is known of the connection.
        stop: set when the thread has to end.
        wake: called when something was handed over.
    """

    def __init__(
        self, handover: Handover, link: Link, stop: Flag, wake: Callable[[], None]
    ) -> None:
        self.handover = handover
        self.link = link
        self.stop = stop
        self._wake = wake
        self._full_since: float | None = None

    def take(self, decode: Callable[[], Decoded], into: list[Event]) -> None:
        """Decode one message; what cannot be read costs that message alone."""
        try:
            events, malformed = decode()
        except MalformedError:
            self.link.cannot_read()
            return
        self.link.cannot_read(malformed)
        into += events

    def deliver(self, events: list[Event], size: int) -> None:
        """Hand over, after holding up the reading for a moment where there is no room."""
        if not events:
            return
        self.link.came(len(events))
        if self.handover.full():
            self._hold_up()
        else:
            self._full_since = None
        self.handover.put(events, size)
        self._wake()

    def _hold_up(self) -> None:
        if self._full_since is None:
            self._full_since = time.monotonic()
        while (
            self.handover.full()
            and time.monotonic() - self._full_since < PATIENCE
            and not self.stop.wait(0.01)
        ):
            self.link.alive()
