"""When a pipeline's run began, as its page says it."""

from __future__ import annotations

import time

import pytest

from antflow import Pipeline, Stage, StatusTracker
from antflow.web.sources import LocalSource


async def work(item: int) -> int:
    return item


@pytest.mark.parametrize("tracked", [True, False])
async def test_who_looks_late_is_not_told_that_it_has_just_begun(tracked: bool) -> None:
    began = time.time()
    tracker = StatusTracker() if tracked else None
    pipeline = Pipeline([Stage("Work", workers=1, tasks=[work])], status_tracker=tracker)
    source = LocalSource(pipeline, tick=0.000_001)
    await pipeline.run(range(5))
    ended = time.time()
    started = source.frame().totals.started
    assert (started is not None) == tracked
    assert started is None or began <= started <= ended
