"""The newest item events, as a tracker sends them."""

from __future__ import annotations

from collections import deque
from typing import Any

from rich.text import Text

from antflow.display.layout import Column, table
from antflow.display.wording import clock, safe
from antflow.types import StatusEvent

_COLUMNS = (
    Column("  Latest events", 100, "left", most=24),
    Column("Ago", 50, least=5),
    Column("Status", 95, "left", least=11),
    Column("Stage", 80, "left", most=16),
    Column("Worker", 60, "left", most=24),
    Column("Error", 40, "left", most=300, gives=24),
)
_STYLES = {
    "completed": "green",
    "failed": "bold red",
    "retrying": "yellow",
    "cancelled": "yellow",
    "in_progress": "cyan",
}


class RecentEvents:
    """Keeps the newest events of a tracker, without the many that only say `queued`.

    Args:
        most: how many.
    """

    def __init__(self, most: int) -> None:
        self._events: deque[StatusEvent] = deque(maxlen=max(1, most))
        self._tracker: Any = None

    def __len__(self) -> int:
        return len(self._events)

    def attach(self, tracker: Any) -> None:
        """Subscribe; None, or what has no `subscribe`, sends nothing."""
        self.detach()
        self._events.clear()
        if hasattr(tracker, "subscribe"):
            # a display is no reason to slow the pipeline down: what is too much is not shown
            tracker.subscribe(self.take, buffer=1_000, overflow="drop_oldest")
            self._tracker = tracker

    def detach(self) -> None:
        """Unsubscribe."""
        tracker, self._tracker = self._tracker, None
        if tracker is not None:
            tracker.unsubscribe(self.take)

    def take(self, event: StatusEvent) -> None:
        """Keep an event."""
        if event.status != "queued":
            self._events.append(event)

    def rows(self, now: float, width: int, most: int) -> list[Text]:
        """The newest first, one a row."""
        newest = list(self._events)[::-1][:most]
        return table(_COLUMNS, [_row(event, now) for event in newest], width)


def _row(event: StatusEvent, now: float) -> list[Text]:
    return [
        Text(f"  {safe(event.item_id)}"),
        Text(clock(now - event.timestamp), "dim"),
        Text(event.status, _STYLES.get(event.status, "")),
        Text(safe(event.stage or "")),
        Text(safe(event.worker or ""), "dim"),
        Text(safe(event.metadata.get("error", "")), "red"),
    ]
