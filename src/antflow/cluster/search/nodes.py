"""What a search is made of: tests of a record, and their combinations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Protocol

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
    """One of the terms at least stands in the task's text."""

    def __init__(self, *terms: str) -> None:
        self.terms = tuple(term.lower() for term in terms)

    def matches(self, task: TaskRecord) -> bool:
        """Whether a record fits."""
        text = searchable(task)
        return any(term in text for term in self.terms)

    def filter(self, rows: Sequence[TaskRecord]) -> list[TaskRecord]:
        """The rows that fit: the loop that decides how fast a search is."""
        if len(self.terms) == 1:
            (term,) = self.terms
            return [row for row in rows if term in (row._text or searchable(row))]
        if len(self.terms) == 2:
            one, other = self.terms
            return [
                row
                for row in rows
                if one in (text := row._text or searchable(row)) or other in text
            ]
        found = []
        for row in rows:
            text = row._text or searchable(row)
            for term in self.terms:
                if term in text:
                    found.append(row)
                    break
        return found


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


class Marked:
    """A test of the record says so."""

    def __init__(self, test: Test) -> None:
        self.matches = test

    def filter(self, rows: Sequence[TaskRecord]) -> list[TaskRecord]:
        """The rows that fit."""
        test = self.matches
        return [row for row in rows if test(row)]


class Passes:
    """A field is known and its value passes.

    Args:
        field: the record's attribute.
        passes: says so of a value.
        hints: terms, one of which the text of every task that fits contains.
    """

    def __init__(
        self, field: str, passes: Callable[[Any], bool], hints: Sequence[str] = ()
    ) -> None:
        self._get = attrgetter(field)
        self._passes = passes
        self._hinted = Contains(*hints) if hints else None

    def matches(self, task: TaskRecord) -> bool:
        """Whether a record fits."""
        value = self._get(task)
        return value is not None and self._passes(value)

    def filter(self, rows: Sequence[TaskRecord]) -> list[TaskRecord]:
        """The rows that fit."""
        if self._hinted is not None:
            rows = self._hinted.filter(rows)
        passes, values = self._passes, map(self._get, rows)
        return [
            row
            for row, value in zip(rows, values, strict=True)
            if value is not None and passes(value)
        ]


class Repeats(Passes):
    """As `Passes`, where the same few values come again and again: each is looked at once."""

    def filter(self, rows: Sequence[TaskRecord]) -> list[TaskRecord]:
        """The rows that fit."""
        values = set(map(self._get, rows)) - {None}
        passing = set(filter(self._passes, values))
        if not passing:
            return []
        values_in_order = map(self._get, rows)
        return [row for row, value in zip(rows, values_in_order, strict=True) if value in passing]


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
            fitting = part.filter(rest)
            if len(fitting) == len(rows):
                return fitting
            found = set(map(id, fitting))
            if found:
                rest = [row for row in rest if id(row) not in found]
                taken |= found
        return [row for row in rows if id(row) in taken] if taken else []


def some(parts: Sequence[Node]) -> Node:
    """At least one part fits; where all are plain terms, in one go."""
    plain = [part for part in parts if isinstance(part, Contains)]
    if len(plain) < len(parts):
        return Some(parts)
    return Contains(*(term for part in plain for term in part.terms))


class Not:
    """The part does not fit."""

    def __init__(self, part: Node) -> None:
        self.part = part

    def matches(self, task: TaskRecord) -> bool:
        """Whether a record fits."""
        return not self.part.matches(task)

    def filter(self, rows: Sequence[TaskRecord]) -> list[TaskRecord]:
        """The rows that fit."""
        found = self.part.filter(rows)
        if not found or len(found) == len(rows):
            return [] if found else list(rows)
        out = set(map(id, found))
        return [row for row in rows if id(row) not in out]
