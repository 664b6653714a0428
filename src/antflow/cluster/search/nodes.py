"""What a search is made of: tests of a record, and their combinations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from antflow.cluster.search.text import searchable

if TYPE_CHECKING:
    from antflow.cluster.state.record import TaskRecord

Test = Callable[["TaskRecord"], bool]


class Node(Protocol):
    """A part of a search."""

    def matches(self, task: TaskRecord) -> bool:
        """Whether a record fits."""

    def filter(self, rows: Sequence[TaskRecord]) -> list[TaskRecord]:
        """The rows that fit, in their order."""


class Contains:
    """The term stands in the task's text."""

    def __init__(self, term: str) -> None:
        self.term = term.lower()

    def matches(self, task: TaskRecord) -> bool:
        """Whether a record fits."""
        return self.term in searchable(task)

    def filter(self, rows: Sequence[TaskRecord]) -> list[TaskRecord]:
        """The rows that fit: the loop that decides how fast a search is."""
        term = self.term
        return [row for row in rows if term in (row._text or searchable(row))]


class InState:
    """The task is in a state."""

    def __init__(self, state: str) -> None:
        self.state = state

    def matches(self, task: TaskRecord) -> bool:
        """Whether a record fits."""
        return task.state == self.state

    def filter(self, rows: Sequence[TaskRecord]) -> list[TaskRecord]:
        """The rows that fit."""
        state = self.state
        return [row for row in rows if row.state == state]


class Tested:
    """A test says so; `hint` is a term that the text of every task that fits contains."""

    def __init__(self, test: Test, hint: str = "") -> None:
        self.matches = test
        self._hint = hint.lower()

    def filter(self, rows: Sequence[TaskRecord]) -> list[TaskRecord]:
        """The rows that fit."""
        if self._hint:
            rows = Contains(self._hint).filter(rows)
        test = self.matches
        return [row for row in rows if test(row)]


class All:
    """All parts fit."""

    def __init__(self, parts: Sequence[Node]) -> None:
        self.parts = parts

    def matches(self, task: TaskRecord) -> bool:
        """Whether a record fits."""
        return all(part.matches(task) for part in self.parts)

    def filter(self, rows: Sequence[TaskRecord]) -> list[TaskRecord]:
        """The rows that fit; each part looks through what the one before left."""
        found = list(rows)
        for part in self.parts:
            found = part.filter(found)
        return found


class Some:
    """At least one part fits."""

    def __init__(self, parts: Sequence[Node]) -> None:
        self.parts = parts

    def matches(self, task: TaskRecord) -> bool:
        """Whether a record fits."""
        return any(part.matches(task) for part in self.parts)

    def filter(self, rows: Sequence[TaskRecord]) -> list[TaskRecord]:
        """The rows that fit; a part looks only through what the ones before did not take."""
        taken: set[int] = set()
        rest = list(rows)
        for part in self.parts:
            found = set(map(id, part.filter(rest)))
            if found:
                rest = [row for row in rest if id(row) not in found]
                taken |= found
        return [row for row in rows if id(row) in taken] if taken else []


class Not:
    """The part does not fit."""

    def __init__(self, part: Node) -> None:
        self.part = part

    def matches(self, task: TaskRecord) -> bool:
        """Whether a record fits."""
        return not self.part.matches(task)

    def filter(self, rows: Sequence[TaskRecord]) -> list[TaskRecord]:
        """The rows that fit."""
        out = set(map(id, self.part.filter(rows)))
        return [row for row in rows if id(row) not in out] if out else list(rows)
