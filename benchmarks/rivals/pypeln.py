"""pypeln: three task stages of ten workers, queues of the plain loop's size."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pypeln as pl  # type: ignore[import-not-found]

from benchmarks.plain_loop import QUEUE_SIZE, STAGES, WORKERS, noop
from benchmarks.rivals.job import main


async def run(items: int) -> Iterable[Any]:
    stage: Any = range(items)
    for _ in range(STAGES):
        stage = pl.task.map(noop, stage, workers=WORKERS, maxsize=QUEUE_SIZE)
    return list(await stage)


if __name__ == "__main__":
    main(run=run)
