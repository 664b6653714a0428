"""`History`: the visits of every item, by id."""

from __future__ import annotations

from typing import Any

from antflow.tracker.visit import Entry, Visit, history, last, status
from antflow.types import StatusEvent, StatusType


def hashable(item_id: Any) -> bool:
    """Whether the id can have a history."""
    try:
        hash(item_id)
    except TypeError:
        return False
    return True


class History:
    """First visit by item id; the later ones hang on it.

    Args:
        max_items: items kept; finished ones leave first, and of equal ids in one run the
            newest is kept; None keeps all.

    Attributes:
        entries: the first visit by item id, in the order of feeding.
    """

    def __init__(self, max_items: int | None = None) -> None:
        self.max_items = max_items
        self.entries: dict[Any, Entry] = {}
        self._twins: dict[Any, list[Entry]] = {}
        self._finished: dict[Any, None] = {}

    def begin(self, item_id: Any, entry: Entry) -> None:
        """An item enters: an equal id of an earlier run gives way, one of this run is kept.

        Where the id is new and nothing is bounded, `entries.setdefault` does the same.
        """
        first = self.entries.setdefault(item_id, entry)
        if first is entry:
            if self.max_items is not None:
                self._evict(self.max_items)
            return
        if first.place.run == entry.place.run and self.max_items is None:
            self._twins.setdefault(item_id, []).append(entry)
        else:
            self.entries[item_id] = entry
            self._twins.pop(item_id, None)
            self._finished.pop(item_id, None)

    def finish(self, item_id: Any, visit: Visit | None) -> None:
        """An item has its outcome; called only where `max_items` is set."""
        entry = self.entries.get(item_id) if hashable(item_id) else None
        if entry is None or last(entry) is not visit:
            return  # an equal id was fed since
        self._finished.pop(item_id, None)
        self._finished[item_id] = None
        self._evict(self.max_items or 0)

    def _evict(self, most: int) -> None:
        while len(self.entries) > most and self._finished:
            oldest = next(iter(self._finished))
            del self._finished[oldest], self.entries[oldest]

    def ids(self) -> list[Any]:
        """All ids, in the order of their first feeding."""
        return list(self.entries)

    def newest(self, item_id: Any) -> StatusEvent | None:
        """The newest event of the id, or None for an unknown one."""
        return _newest(item_id, self.lives(item_id)[-1]) if item_id in self.entries else None

    def standing(self, wanted: StatusType) -> list[StatusEvent]:
        """The newest event of each item whose status this is."""
        latest = ((key, self.lives(key)[-1]) for key in self.entries)
        return [_newest(key, entry) for key, entry in latest if status(last(entry)) == wanted]

    def __len__(self) -> int:
        """How many feedings are remembered, of equal ids each."""
        return len(self.entries) + sum(map(len, self._twins.values()))

    def lives(self, item_id: Any) -> list[Entry]:
        """The first visit of each time that a known id was fed in its newest run, oldest first."""
        return [self.entries[item_id], *self._twins.get(item_id, ())]

    def events(self, item_id: Any) -> list[StatusEvent]:
        """All that happened to the id in its newest run, oldest first."""
        if item_id not in self.entries:
            return []
        entries = self.lives(item_id)
        found = [event for one in entries for event in history(item_id, one)]
        if len(entries) > 1:
            found.sort(key=lambda event: event.timestamp)
        return found


def _newest(item_id: Any, entry: Entry) -> StatusEvent:
    return list(history(item_id, entry))[-1]
