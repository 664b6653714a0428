"""The newest raw events, numbered, for those who page through them."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import Any

from antflow.cluster.events.decoding import Event


class Recent:
    """A ring of events. Numbers begin at 1 and are never used again.

    Args:
        keep: events kept.

    Attributes:
        last: number of the newest event; 0 before the first.
    """

    def __init__(self, keep: int) -> None:
        self.last = 0
        self._events: deque[Event] = deque(maxlen=keep)

    def add(self, events: list[Event]) -> None:
        """Add events, oldest first."""
        self._events.extend(events)
        self.last += len(events)

    def after(self, number: int, limit: int) -> tuple[int, list[dict[str, Any]]]:
        """The newest number, and the first `limit` events after `number`, each with its `seq`.

        Events older than the ring are left out: a gap in `seq` shows it.
        """
        first = self.last - len(self._events) + 1
        start = max(number + 1, first)
        rows = islice(self._events, start - first, start - first + max(0, limit))
        return self.last, [{**event, "seq": start + at} for at, event in enumerate(rows)]
