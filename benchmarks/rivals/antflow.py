"""AntFlow 0.10: three stages of ten workers, with and without a tracker."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from antflow import Pipeline, Stage, StatusTracker
from benchmarks.plain_loop import STAGES, WORKERS, noop
from benchmarks.rivals.job import main


async def _values(tracker: StatusTracker | None, items: int) -> Iterable[Any]:
    stages = [Stage(name=f"Stage{n}", workers=WORKERS, tasks=[noop]) for n in range(STAGES)]
    pipeline = Pipeline(stages=stages, status_tracker=tracker)
    return [result.value for result in await pipeline.run(range(items))]


async def untracked(items: int) -> Iterable[Any]:
    return await _values(None, items)


async def tracked(items: int) -> Iterable[Any]:
    return await _values(StatusTracker(), items)


if __name__ == "__main__":
    main(untracked=untracked, tracked=tracked)
