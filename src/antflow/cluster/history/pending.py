"""Rows that wait to be written: one a task, the newest of each, bounded."""

from __future__ import annotations

import time
from collections.abc import Iterable
from threading import Condition
from typing import Any

from antflow.cluster.history.rows import Row, copy


class Pending:
    """Filled by the loop, emptied by the writer.

    Args:
        limit: rows kept at most; the oldest leave first.

    Attributes:
        dropped: rows that left without being written.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.dropped = 0
        self.changed = Condition()
        self._rows: dict[str, tuple[Any, float]] = {}
        self._since: float | None = None

    def __len__(self) -> int:
        """Rows that wait."""
        return len(self._rows)

    def add(self, records: Iterable[Any]) -> None:
        """Keep records; one that is here already is replaced and becomes the newest."""
        now = time.time()
        with self.changed:
            rows = self._rows
            for record in records:
                rows.pop(record.uuid, None)
                rows[record.uuid] = (record, now)
            self._after_adding()

    def take(self, limit: int) -> dict[str, tuple[Row, float]]:
        """Take the oldest, at most `limit`, as they are now.

        Copied here and not when they came: 50,000 copies are 20 MB, and mostly out of date. One
        copy is made in one piece: no bytecode runs in it.
        """
        with self.changed:
            names = [name for name, _ in zip(self._rows, range(limit), strict=False)]
            taken = {name: self._rows.pop(name) for name in names}
            return {name: (_row(waiting), at) for name, (waiting, at) in taken.items()}

    def put_back(self, rows: dict[str, tuple[Row, float]]) -> None:
        """What could not be written waits on, unless something newer of the same task came."""
        with self.changed:
            newer = self._rows
            self._rows = {name: row for name, row in rows.items() if name not in newer}
            self._rows.update(newer)
            self._after_adding()

    def written(self) -> None:
        """All that was taken is in the database."""
        with self.changed:
            self._since = time.monotonic() if self._rows else None

    def lag(self) -> float:
        """Seconds for which something has been waiting; 0 where nothing is."""
        since = self._since
        return 0.0 if since is None else time.monotonic() - since

    def _after_adding(self) -> None:
        if self._rows and self._since is None:
            self._since = time.monotonic()
        while len(self._rows) > self.limit:
            del self._rows[next(iter(self._rows))]
            self.dropped += 1


def _row(waiting: Any) -> Row:
    """A record's fields; what was put back are fields already."""
    return waiting if isinstance(waiting, tuple) else copy(waiting)
