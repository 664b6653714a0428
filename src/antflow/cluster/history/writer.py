"""The thread that writes what is pending, again and again until it succeeds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from antflow.cluster.history.database import one_line
from antflow.cluster.history.pending import Pending
from antflow.cluster.history.rows import clean
from antflow.cluster.history.store import Store
from antflow.exceptions import HistoryError

EVERY = 0.4  # seconds between writes
BATCH = 2_000  # rows of one transaction
PRUNE_EVERY = 60.0  # seconds
LONGEST_WAIT = 3.0  # seconds between attempts while writing fails


class Writer:
    """Writes in a thread of its own, from `start()` to `stop()`.

    Args:
        store: an open database.
        pending: what is to be written.
        prune: deletes what is too old; gives how many rows went.

    Attributes:
        trouble: why nothing can be written at present; None while it can.
        refused: what the database refused for good, the newest 20.
        refusals: how many that were.
    """

    def __init__(self, store: Store, pending: Pending, prune: Callable[[], int]) -> None:
        self.trouble: str | None = None
        self.refused: list[str] = []
        self.refusals = 0
        self._store = store
        self._pending = pending
        self._prune = prune
        self._prune_at = 0.0
        self._stop = threading.Event()
        self._give_up_at = float("inf")
        self._thread = threading.Thread(target=self._run, name="antflow-history", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout: float) -> bool:
        """Write what is pending and end; whether it ended in time."""
        self._give_up_at = time.monotonic() + timeout
        self._stop.set()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        wait = EVERY
        while not self._stop.wait(wait):
            wait = EVERY if self._write() else min(LONGEST_WAIT, wait * 2)
            if self.trouble is None:
                self._tidy()
        while len(self._pending) and time.monotonic() < self._give_up_at:
            if not self._write():
                time.sleep(0.1)

    def _write(self) -> bool:
        """Write all that is pending; whether it worked."""
        while rows := self._pending.take(BATCH):
            try:
                refused = self._store.write([clean(row, at) for row, at in rows.values()])
            except (SQLAlchemyError, HistoryError, OSError, ValueError, TypeError) as error:
                self._pending.put_back(rows)
                self._failed(error)
                return False
            self.trouble = None
            self._pending.written()
            self.refusals += len(refused)
            self.refused = (self.refused + refused)[-20:]
        return True

    def _failed(self, error: Exception) -> None:
        trouble = f"{self._store.where} cannot be written: {one_line(error)}"
        self.trouble = self._store.mend(error) or trouble

    def _tidy(self) -> None:
        if time.monotonic() < self._prune_at:
            return
        try:
            more = self._prune()
        except (SQLAlchemyError, HistoryError, ValueError, TypeError) as error:
            self.trouble = f"{self._store.where} cannot be pruned: {one_line(error)}"
            more = 0
        # One portion at a time, so that writing never waits long.
        self._prune_at = time.monotonic() + (0.0 if more else PRUNE_EVERY)
