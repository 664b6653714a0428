"""`Failures`: every failure of a pipeline, counted; the newest with their exceptions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec import structs

from antflow.types import ErrorSummary, FailedItem, Item

KEPT_EXCEPTIONS = 1_000
"""Newest failures whose exception is kept: a traceback holds all that its frames hold."""

SNAPSHOT_FAILURES = 100
"""Newest failures that a snapshot lists."""


class Failures:
    """The failures so far, and what is needed to feed the items again."""

    def __init__(self) -> None:
        self.items: list[FailedItem] = []
        self.by_type: Counter[str] = Counter()
        self.by_stage: Counter[str] = Counter()
        self.fed_again = 0
        self._letters: dict[int, Item] = {}

    def add(self, failure: FailedItem, letter: Item | None) -> None:
        """Record a failure; `letter`: the item as it entered the stage, if it can be fed again."""
        if letter is not None:
            self._letters[len(self.items)] = letter
        self.items.append(failure)
        self.by_type[failure.error_type] += 1
        self.by_stage[failure.stage] += 1
        index = len(self.items) - 1 - KEPT_EXCEPTIONS
        if index >= 0:
            self.items[index] = structs.replace(self.items[index], exception=None)

    def summary(self, newest: int | None = None) -> ErrorSummary:
        """A copy that lists all failures, or the newest ones."""
        listed = self.items[-newest:] if newest else list(self.items)
        return ErrorSummary(len(self.items), dict(self.by_type), dict(self.by_stage), listed)

    def letters(self, stage: str | None, ids: set[object] | None) -> Iterator[Item]:
        """The failed items to feed again; each leaves the failures as it is taken."""
        for number, letter in list(self._letters.items()):
            wanted = (stage is None or letter.stage == stage) and (ids is None or letter.id in ids)
            if wanted and self._letters.pop(number, None) is not None:
                self.fed_again += 1
                yield letter
