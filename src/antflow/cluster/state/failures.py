"""Failures, grouped by exception class and task type."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

from antflow.cluster.exception_class import exception_class
from antflow.cluster.state.record import TaskRecord

GROUPS_AT_MOST: Final = 1_000
NEWEST: Final = 50


class Failures:
    """The failures of one exception class in one task type.

    Attributes:
        exception: name of the exception's class.
        group: the task type.
        count: how many there are.
        first: when the first came, by our clock.
        last: when the newest came, by our clock.
        message: the newest one's text.
        traceback: the newest one's.
        tasks: ids of the newest 50, newest last.
    """

    __slots__ = (
        "_minutes",
        "count",
        "exception",
        "first",
        "group",
        "last",
        "message",
        "tasks",
        "traceback",
    )

    def __init__(self, exception: str, group: str, at: float) -> None:
        self.exception = exception
        self.group = group
        self.count = 0
        self.first = self.last = at
        self.message = ""
        self.traceback: str | None = None
        self.tasks: deque[str] = deque(maxlen=NEWEST)
        self._minutes: dict[int, int] = {}

    @property
    def newest(self) -> str:
        """Id of the newest."""
        return self.tasks[-1] if self.tasks else ""

    def add(self, task: TaskRecord, at: float) -> None:
        """Take in one that came at `at`, by our clock."""
        self.count += 1
        self.first = min(self.first, at)
        minute = int(at // 60)
        self._minutes[minute] = self._minutes.get(minute, 0) + 1
        if len(self._minutes) > 120:
            self._minutes = {m: n for m, n in self._minutes.items() if m > minute - 60}
        if at < self.last:
            if len(self.tasks) < NEWEST:
                self.tasks.appendleft(task.uuid)
            return
        self.last = at
        self.tasks.append(task.uuid)
        self.message = task.exception or ""
        self.traceback = task.traceback

    def remove(self, uuid: str) -> None:
        """Take one out that did not fail after all."""
        self.count -= 1
        if uuid in self.tasks:
            self.tasks.remove(uuid)

    def trend(self, now: float) -> tuple[int, ...]:
        """Failures in each of the last 60 minutes, oldest first; the present one is the last."""
        minute = int(now // 60)
        return tuple(self._minutes.get(m, 0) for m in range(minute - 59, minute + 1))


class FailureBook:
    """All groups of failures, by (exception class, task type); 1,000 at most.

    Where there are more, the one whose newest failure is the oldest goes.
    """

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str], Failures] = {}

    def __len__(self) -> int:
        return len(self._groups)

    def __iter__(self) -> Iterator[Failures]:
        return iter(list(self._groups.values()))

    def get(self, exception: str, group: str) -> Failures | None:
        """One group; None where there was no such failure."""
        return self._groups.get((exception, group))

    def largest(self, limit: int = 50) -> list[Failures]:
        """The groups with most failures, the largest first."""
        return sorted(self, key=lambda group: (-group.count, -group.last))[:limit]

    def add(self, task: TaskRecord, at: float) -> None:
        """Take in a failed task."""
        key = (exception_class(task.exception), task.name or "")
        group = self._groups.get(key)
        if group is None:
            if len(self._groups) >= GROUPS_AT_MOST:
                del self._groups[min(self._groups, key=lambda key: self._groups[key].last)]
            group = self._groups[key] = Failures(*key, at)
        group.add(task, at)

    def remove(self, task: TaskRecord) -> None:
        """Take out a task that did not fail after all."""
        key = (exception_class(task.exception), task.name or "")
        group = self._groups.get(key)
        if group is not None:
            group.remove(task.uuid)
            if group.count <= 0:
                del self._groups[key]
