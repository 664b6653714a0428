"""The status events of a pipeline, kept while somebody asks for them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from antflow.tracker import StatusTracker
from antflow.types import StatusEvent
from antflow.web.sources.local_items import id_text

KEPT = 2_000
ASKED = 10.0
"""Seconds after which nobody is taken to look any more."""


class Events:
    """Subscribes at the first question and leaves when no other follows.

    Args:
        tracker: whose events; None: there are none.
        clock: seconds, monotonic.
    """

    def __init__(
        self, tracker: StatusTracker | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tracker = tracker
        self._clock = clock
        self._asked: float | None = None
        self._kept: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self.last = 0

    def since(self, after: int, limit: int) -> list[dict[str, Any]]:
        """Events after this one, the newest `limit` of them."""
        if self._tracker is not None and self._asked is None:
            self._tracker.subscribe(self._keep, buffer=KEPT, overflow="drop_oldest")
        self._asked = self._clock()
        found = [event for event in self._kept if event["seq"] > after]
        return found[-limit:] if limit else []

    def relax(self) -> None:
        """Leave, if nobody asked lately."""
        if self._asked is not None and self._clock() - self._asked > ASKED:
            self.stop()

    def stop(self) -> None:
        """Leave."""
        if self._tracker is not None and self._asked is not None:
            self._tracker.unsubscribe(self._keep)
        self._asked = None

    def _keep(self, event: StatusEvent) -> None:
        self.last += 1
        self._kept.append({
            "seq": self.last,
            "type": f"item-{event.status}",
            "timestamp": event.timestamp,
            "uuid": id_text(event.item_id),
            "name": event.stage,
            "hostname": event.worker,
            **{key: value for key, value in event.metadata.items() if key != "exception"},
        })  # fmt: skip
