"""Counts per second and per minute, of the last minute and the last hour."""

from __future__ import annotations

from collections import deque


class Ring:
    """How much a running count grew in each of the last steps.

    Args:
        steps: how many to keep.
    """

    __slots__ = ("_steps", "seen")

    def __init__(self, steps: int) -> None:
        self._steps: deque[float] = deque([0.0] * steps, maxlen=steps)
        self.seen = 0

    def turn(self, count: int, steps: int = 1) -> None:
        """Note the count after so many steps; the growth is spread over them evenly."""
        steps = max(1, min(steps, len(self._steps)))
        growth = (count - self.seen) / steps
        self._steps.extend([growth] * steps)
        self.seen = count

    @property
    def values(self) -> tuple[float, ...]:
        """Growth per step, oldest first."""
        return tuple(self._steps)

    @property
    def mean(self) -> float:
        """Growth per step, on average."""
        return sum(self._steps) / len(self._steps)
