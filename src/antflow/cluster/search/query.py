"""A search that has been read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from antflow.cluster.search.lexer import Token, tokens
from antflow.cluster.search.nodes import All, Node, Not, some
from antflow.cluster.search.terms import QUALIFIERS, node
from antflow.exceptions import SearchError

if TYPE_CHECKING:
    from antflow.cluster.state.record import TaskRecord

TERMS_AT_MOST: Final = 128
DEPTH_AT_MOST: Final = 5


class Query:
    """A search; `parse` makes it.

    Attributes:
        text: as it was written.
        empty: whether it matches every task.
    """

    def __init__(self, text: str, root: Node | None) -> None:
        self.text = text
        self._root = root

    @property
    def empty(self) -> bool:
        """Whether it matches every task."""
        return self._root is None

    def matches(self, task: TaskRecord) -> bool:
        """Whether a task fits."""
        return self._root is None or self._root.matches(task)

    def filter(self, rows: Sequence[TaskRecord]) -> list[TaskRecord]:
        """The tasks that fit, in their order; far faster than asking for each."""
        return list(rows) if self._root is None else self._root.filter(rows)

    def __repr__(self) -> str:
        return f"Query({self.text!r})"


def parse(text: str) -> Query:
    """Read a search.

    Terms side by side must all fit; `AND`, `OR`, `NOT` or `-`, brackets, "phrases"; qualifiers
    such as `state:failed`, `name:report`, `kwargs:user=7`; comparisons such as `runtime>5` and
    `received>2026-01-01`. A plain term is looked for, whatever its case, in id, name, arguments,
    result, exception and worker, and has 3 characters at least. After a qualifier a shorter one
    must be a whole word: `args:7` fits `(7,)` and not `(17,)`.

    Raises:
        SearchError: it cannot be read; the error says why and where.
    """
    reader = _Reader(tokens(text, QUALIFIERS))
    return Query(text, reader.whole())


class _Reader:
    """Reads tokens from left to right, OR over AND over NOT."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._index = 0
        self._terms = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._index]

    def _take(self) -> Token:
        token = self._next
        self._index += 1
        return token

    def whole(self) -> Node | None:
        if len(self._tokens) == 1:
            return None
        root = self._some(0)
        if self._next.kind != "end":
            raise SearchError("this bracket was never opened", self._next.at)
        return root

    def _some(self, depth: int) -> Node:
        parts = [self._all(depth)]
        while self._next.kind == "or":
            self._take()
            parts.append(self._all(depth))
        return parts[0] if len(parts) == 1 else some(parts)

    def _all(self, depth: int) -> Node:
        parts = [self._one(depth)]
        while self._next.kind not in ("or", "close", "end"):
            if self._next.kind == "and":
                self._take()
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else All(parts)

    def _one(self, depth: int) -> Node:
        negated = False
        while self._next.kind == "not":
            self._take()
            negated = not negated
        part = self._part(depth)
        return Not(part) if negated else part

    def _part(self, depth: int) -> Node:
        token = self._take()
        if token.kind == "open":
            return self._bracket(token, depth + 1)
        if token.kind == "term":
            self._terms += 1
            if self._terms > TERMS_AT_MOST:
                raise SearchError(f"a search has {TERMS_AT_MOST} terms at most", token.at)
            return node(token)
        raise SearchError("a term is missing here", token.at)

    def _bracket(self, opened: Token, depth: int) -> Node:
        if depth > DEPTH_AT_MOST:
            raise SearchError(f"brackets stand in {DEPTH_AT_MOST} others at most", opened.at)
        part = self._some(depth)
        if self._take().kind != "close":
            raise SearchError("this bracket is not closed", opened.at)
        return part
