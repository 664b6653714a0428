"""The history's side of a cluster: tasks are loaded from it at the start, and saved to it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from antflow.cluster.state import ClusterState, TaskRecord
from antflow.threads import WorkerThread

if TYPE_CHECKING:
    from antflow.cluster.history import History

_logger = logging.getLogger("antflow")
_AT_ONCE = 2_000


class Memory:
    """A history that may be absent or fail; the cluster is followed all the same.

    Args:
        history: None: nothing is kept.
        state: gets what was kept.
        most: tasks to load at most.
        restored: called on the loop with each part that was loaded, oldest last.
    """

    def __init__(
        self,
        history: History | None,
        state: ClusterState,
        most: int,
        restored: Callable[[Sequence[TaskRecord]], None],
    ) -> None:
        self.history = history
        self._state = state
        self._most = most
        self._restored = restored
        self._thread = WorkerThread("antflow-history-start")
        self._open = False
        self.problem: str | None = None

    async def open(self) -> int:
        """Open the history and load it into the state; how many tasks it gave.

        What cannot be opened is told by `problem`, and in the log.
        """
        history = self.history
        if history is None or self._open:
            return 0
        try:
            await self._thread.run(history.open)
            self._open = True
            records = await self._thread.run(history.load, self._most)
        except Exception as error:  # whatever a database's driver raises
            self.problem = str(error)
            _logger.warning("history: %s", error)
            return 0
        taken = 0
        for start in range(0, len(records), _AT_ONCE):
            part = records[start : start + _AT_ONCE]
            taken += self._state.restore(part)
            self._restored(part)
            await asyncio.sleep(0)
        return taken

    def save(self, records: Iterable[TaskRecord]) -> None:
        """Have records written soon; returns at once."""
        if self._open and self.history is not None:
            self.history.save(records)

    async def close(self) -> None:
        """Write what waits, and close."""
        if self._open and self.history is not None:
            self._open = False
            await self._thread.run(self.history.close)

    def told(self) -> dict[str, object]:
        """What a page about it shows."""
        history = self.history
        if history is None:
            return {"kept": False}
        problems = [*history.problems, *([self.problem] if self.problem else [])]
        return {"kept": self._open, "lag": history.lag, "problems": problems}
