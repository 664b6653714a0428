"""Tasks that outlive the server."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from antflow.cluster.history.address import read_url
from antflow.cluster.history.database import one_line
from antflow.cluster.history.pending import Pending
from antflow.cluster.history.store import Store
from antflow.cluster.history.writer import Writer

if TYPE_CHECKING:
    from antflow.cluster.state import TaskRecord

PENDING = 50_000  # tasks kept in memory while they cannot be written


class History:
    """A database of tasks, written by a thread of its own at least every half second.

    Args:
        url: `sqlite:///path` or `postgresql://user:password@host/database`.
        max_age: seconds that tasks are kept.
        max_rows: tasks kept at most; failures leave last.
        failures_max_age: seconds that tasks with a failure are kept.

    Raises:
        HistoryError: the address cannot be read, or is of another database.
    """

    def __init__(
        self,
        url: str,
        *,
        max_age: float = 7 * 86400.0,
        max_rows: int = 1_000_000,
        failures_max_age: float = 30 * 86400.0,
    ) -> None:
        self._store = Store(read_url(url))
        self._max_age = max_age
        self._max_rows = max_rows
        self._failures_max_age = max(failures_max_age, max_age)
        self._pending = Pending(PENDING)
        self._writer: Writer | None = None
        self._unreadable: list[str] = []

    @property
    def where(self) -> str:
        """The database, without password."""
        return self._store.where

    def open(self) -> None:
        """Open the database and start writing; nothing where it is open already. Blocking.

        A damaged SQLite file is moved aside, and `problems` says where to.

        Raises:
            HistoryError: it cannot be used: no right to write there, locked, of a newer version, …
        """
        if self._writer is not None:
            return
        self._store.open()
        self._writer = Writer(self._store, self._pending, self._prune)
        self._writer.start()

    def load(self, limit: int) -> list[TaskRecord]:
        """The newest records, newest first; what cannot be read is named in `problems`. Blocking.

        Args:
            limit: records at most.

        Raises:
            HistoryError: it is not open.
        """
        try:
            records, unreadable = self._store.load(limit)
        except (SQLAlchemyError, OSError, ValueError, TypeError) as error:
            self._cannot_read(error)
            return []
        if unreadable:
            self._unreadable.append(f"{unreadable} records of {self.where} could not be read")
        return records

    def save(self, records: Iterable[TaskRecord]) -> None:
        """Queue records to be written, as they are then; returns at once.

        While nothing can be written, the newest 50,000 tasks wait.
        """
        self._pending.add(records)

    def close(self, timeout: float = 5.0) -> None:
        """Write what is queued and close. Blocking.

        Args:
            timeout: seconds after which what cannot be written is given up.
        """
        writer, self._writer = self._writer, None
        if writer is None:
            return
        if writer.stop(timeout):
            self._store.close()

    @property
    def lag(self) -> float:
        """Seconds for which the oldest change has been waiting to be written."""
        return self._pending.lag()

    @property
    def problems(self) -> list[str]:
        """What could not be read or written, and what is wrong at present; empty if all is well."""
        problems = [
            f"{self.where} was damaged and is now {name}; a new one was begun"
            for name in self._store.moved
        ]
        problems += self._unreadable
        if self._pending.dropped:
            problems.append(f"{self._pending.dropped} changes were never written")
        writer = self._writer
        if writer is not None:
            if writer.trouble is not None:
                problems.append(writer.trouble)
            if writer.refusals:
                problems.append(f"{writer.refusals} tasks were refused: {writer.refused[-1]}")
        return problems

    def _cannot_read(self, error: Exception) -> None:
        self._unreadable.append(f"{self.where} could not be read: {one_line(error)}")
        if (worse := self._store.mend(error)) is not None:
            self._unreadable.append(worse)

    def _prune(self) -> int:
        return self._store.prune(time.time(), self._max_age, self._failures_max_age, self._max_rows)
