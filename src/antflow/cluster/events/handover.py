"""The bounded place between the thread that receives and the loop that applies."""

from __future__ import annotations

import time
from collections import deque
from threading import Lock
from typing import NamedTuple

from antflow.cluster.events.decoding import Event

MAX_EVENTS = 50_000
MAX_BYTES = 64 * 1024 * 1024  # of the messages the events came in


class Batch(NamedTuple):
    """Events that came together.

    Attributes:
        events: as they came.
        received_at: when, Unix seconds.
        since: the same by the monotonic clock.
        size: bytes of their messages.
    """

    events: list[Event]
    received_at: float
    since: float
    size: int


class Handover:
    """A queue of batches with a bound; what does not fit pushes out the oldest, and is counted.

    Attributes:
        dropped: events pushed out.
        waiting: events in it.
    """

    def __init__(self, max_events: int = MAX_EVENTS, max_bytes: int = MAX_BYTES) -> None:
        self.max_events = max_events
        self.max_bytes = max_bytes
        self.dropped = 0
        self.waiting = 0
        self._bytes = 0
        self._lock = Lock()
        self._batches: deque[Batch] = deque()

    def full(self) -> bool:
        """Whether the next batch may push out another."""
        return self.waiting >= self.max_events or self._bytes >= self.max_bytes

    def put(self, events: list[Event], size: int) -> None:
        """Add a batch at the end."""
        batch = Batch(events, time.time(), time.monotonic(), size)
        with self._lock:
            self._batches.append(batch)
            self.waiting += len(events)
            self._bytes += size
            while len(self._batches) > 1 and (
                self.waiting > self.max_events or self._bytes > self.max_bytes
            ):
                self.dropped += len(self._forget().events)

    def take(self) -> Batch | None:
        """The oldest batch; None where there is none."""
        with self._lock:
            return self._forget() if self._batches else None

    def back(self, batch: Batch) -> None:
        """Put the rest of a batch back to the front."""
        with self._lock:
            self._batches.appendleft(batch)
            self.waiting += len(batch.events)
            self._bytes += batch.size

    def age(self) -> float:
        """Seconds that the oldest batch has been waiting; 0 where there is none."""
        with self._lock:
            return time.monotonic() - self._batches[0].since if self._batches else 0.0

    def clear(self) -> None:
        """Forget all that waits."""
        with self._lock:
            while self._batches:
                self._forget()

    def _forget(self) -> Batch:
        batch = self._batches.popleft()
        self.waiting -= len(batch.events)
        self._bytes -= batch.size
        return batch
