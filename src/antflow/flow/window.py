"""The last minute of a pipeline's counts, for rates and means over it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from antflow.flow.marks import Mark

_SPACING = 0.2  # seconds; what comes closer replaces its forerunner, so that memory is bounded


class Window:
    """Marks of the last `horizon` seconds, oldest first.

    A clock that was set back empties it.
    """

    def __init__(self, horizon: float) -> None:
        self.horizon = horizon
        self._marks: deque[Mark] = deque()

    @property
    def newest(self) -> Mark:
        """The mark added last."""
        return self._marks[-1]

    def add(self, mark: Mark) -> None:
        """Take in the newest mark."""
        marks = self._marks
        if marks and mark.timestamp < marks[-1].timestamp:
            marks.clear()
        if len(marks) > 1 and marks[-1].timestamp - marks[-2].timestamp < _SPACING:
            marks.pop()
        marks.append(mark)
        while len(marks) > 2 and marks[1].timestamp <= mark.timestamp - self.horizon:
            marks.popleft()

    def latest(self, seconds: float) -> Iterator[Mark]:
        """The marks of the last `seconds`, newest first; at least the newest two."""
        newest = self.newest.timestamp
        for index, mark in enumerate(reversed(self._marks)):
            if index > 1 and newest - mark.timestamp > seconds:
                return
            yield mark

    def since(self, seconds: float) -> Mark:
        """The oldest mark of the last `seconds`, or the one before the newest."""
        *_, oldest = self.latest(seconds)
        return oldest


def rate(then: int, now: int, seconds: float) -> float:
    """What came between two counts, per second; 0.0 where no time passed."""
    return max(0, now - then) / seconds if seconds > 0 else 0.0
