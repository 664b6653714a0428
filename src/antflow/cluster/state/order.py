"""The tasks by the time they were received, kept in order while they come."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from itertools import compress
from operator import attrgetter, eq
from typing import Final

from antflow.cluster.state.record import TaskRecord

GONE: Final = -1.0
PENDING_AT_MOST: Final = 20_000
_ORDER = attrgetter("_order")


class Order:
    """Tasks, oldest first.

    A record's `_order` is its place. To move it, set that and add it again: the entry under the
    old place is passed over, and dropped when somebody asks for all. A record that leaves gets
    the place `GONE`.
    """

    def __init__(self) -> None:
        self.pending: list[TaskRecord] = []
        self._keys = array("d")
        self._rows: list[TaskRecord] = []
        self._stale = False
        self._moved = False

    def add(self, task: TaskRecord, place: float) -> None:
        """Put a task at a place, a Unix time; also when it was elsewhere before."""
        if task._order != place:
            self._moved |= task._order >= 0
            self._stale |= self._moved
            task._order = place
            self.pending.append(task)

    def remove(self, task: TaskRecord) -> None:
        """Take a task out."""
        self._stale = True
        task._order = GONE

    def rows(self) -> list[TaskRecord]:
        """All tasks, oldest first. Not to be changed."""
        self.settle()
        if self._stale:
            self._compact()
        return self._rows

    def trim(self, known: int) -> None:
        """Let go of records that left; call it after each batch.

        Args:
            known: how many tasks there are.
        """
        if len(self.pending) > PENDING_AT_MOST:
            self.settle()
        if len(self._rows) > known + known // 4 + PENDING_AT_MOST:
            self._compact()

    def settle(self) -> None:
        """Bring what came since into order."""
        pending = [task for task in self.pending if task._order >= 0]
        self.pending.clear()  # in place: what adds to it holds on to it
        if not pending:
            return
        pending.sort(key=_ORDER)
        first = pending[0]._order
        if not self._moved and (not self._keys or first > self._keys[-1]):
            self._rows += pending
            self._keys.extend(map(_ORDER, pending))
            return
        self._moved = False
        start = bisect_left(self._keys, first)
        tail = zip(self._rows[start:], self._keys[start:], strict=True)
        rows = [task for task, key in tail if task._order == key]
        merged = sorted({task.uuid: task for task in (*rows, *pending)}.values(), key=_ORDER)
        self._rows[start:] = merged
        self._keys[start:] = array("d", map(_ORDER, merged))

    def _compact(self) -> None:
        placed = map(eq, map(_ORDER, self._rows), self._keys)
        self._rows = list(compress(self._rows, placed))
        self._keys = array("d", map(_ORDER, self._rows))
        self._stale = False

    def newest(self) -> Iterator[TaskRecord]:
        """The tasks, newest first; only while nothing is added."""
        self.settle()
        for task, key in zip(reversed(self._rows), reversed(self._keys), strict=True):
            if task._order == key:
                yield task
