"""`SlowRun`: the demo's pipeline round and round, at a pace to watch, until it is told to end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from antflow import StatusTracker
from antflow.demo.pipeline import build_pipeline
from antflow.demo.run import HISTORY
from antflow.demo.slow_motion import SlowMotion
from antflow.demo.source import Rounds, SourceFile, spread
from antflow.demo.store import Store


class SlowRun:
    """Made anywhere; started and ended on one event loop.

    Args:
        files: what to go through, the broken ones among them.
        path: the SQLite file to write.
        rate: files a second at most; None: as the stages take them.
        workers: by stage name, where it is not the default.

    Attributes:
        pipeline: to watch and to steer.

    Raises:
        ForeignDatabaseError: the path holds something else.
    """

    def __init__(
        self,
        files: Sequence[SourceFile],
        path: Path,
        rate: float | None = None,
        workers: Mapping[str, int] | None = None,
    ) -> None:
        self._store = Store(path)
        self._rounds = Rounds(spread(files), repeat=True)
        self.pipeline = build_pipeline(
            self._store, rate, workers, StatusTracker(max_items=HISTORY), SlowMotion()
        )
        self._work: asyncio.Task[object] | None = None

    async def start(self) -> None:
        """Begin."""
        self._work = asyncio.create_task(self.pipeline.run(self._rounds))

    async def stop(self) -> None:
        """End; what is under way is cancelled."""
        work, self._work = self._work, None
        if work is not None:
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work

    def close(self) -> None:
        """Write what is left and close the file; may be called twice."""
        self._store.close()
