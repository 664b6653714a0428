"""`PriorityQueue`: a deque's interface over items of several priorities."""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Iterable, Iterator

from antflow.pipeline.envelope import Envelope


class PriorityQueue:
    """Lowest priority number first; first in, first out within one priority."""

    def __init__(self, items: Iterable[Envelope] = ()) -> None:
        self._lanes: dict[float, deque[Envelope]] = {}
        self._ranks: list[float] = []
        self._length = 0
        for item in items:
            self.append(item)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Envelope]:
        for rank in self._ranks:
            yield from self._lanes[rank]

    def append(self, item: Envelope) -> None:
        """Add an item behind those of its priority."""
        lane = self._lanes.get(item.priority)
        if lane is None:
            lane = self._lanes[item.priority] = deque()
            insort(self._ranks, item.priority)
        lane.append(item)
        self._length += 1

    def popleft(self) -> Envelope:
        """Take the next item.

        Raises:
            IndexError: there is none.
        """
        if not self._ranks:
            raise IndexError("pop from an empty queue")
        rank = self._ranks[0]
        lane = self._lanes[rank]
        item = lane.popleft()
        self._length -= 1
        if not lane:
            del self._lanes[rank], self._ranks[0]
        return item

    def clear(self) -> None:
        """Drop everything."""
        self._lanes.clear()
        self._ranks.clear()
        self._length = 0
