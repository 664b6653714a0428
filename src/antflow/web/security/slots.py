"""A bound on how many may do something at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from antflow.web.security.refusal import RefusalError


class Slots:
    """At most `limit` at once."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.in_use = 0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a slot.

        Raises:
            RefusalError: 503; there is none left.
        """
        if self.in_use >= self._limit:
            text = f"there are {self._limit} live streams already; try again"
            raise RefusalError(503, text, {"retry-after": "5"})
        self.in_use += 1
        try:
            yield
        finally:
            self.in_use -= 1
