"""R3: a slow last stage holds everything before it up; nothing piles up, in no retry mode."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from antflow import Pipeline, Stage
from antflow.testing import run_virtual

ITEMS = 100_000
EVERY = 97
"""Items between two samples; prime, so that the samples fall on all kinds of moments."""

MB = 1_000_000
SMALL = 512
"""Bytes: the most that one of Python's small blocks takes."""


def resident() -> int:
    """Bytes of memory that the process has now; 0 where the system does not tell."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


class Levels:
    """What is seen of the queues and of the memory while the items pass."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.capacity = {stage.name: stage.capacity for stage in pipeline.stages}
        self.deepest: Counter[str] = Counter()
        self.most_waiting: Counter[str] = Counter()
        self.most_in_flight = 0
        self.blocks: list[int] = []
        self.resident: list[int] = []

    def sample(self) -> None:
        stats = self.pipeline.get_stats()
        self.most_in_flight = max(self.most_in_flight, stats.items_in_flight)
        for name, stage in stats.stage_stats.items():
            self.deepest[name] = max(self.deepest[name], stage.pending_items)
            self.most_waiting[name] = max(self.most_waiting[name], stage.waiting_items)
        self.blocks.append(sys.getallocatedblocks())
        self.resident.append(resident())

    def check_depth(self) -> None:
        assert all(self.deepest.values()), "a queue was never used"
        for name, capacity in self.capacity.items():
            assert self.deepest[name] <= capacity, name
            assert self.most_waiting[name] <= capacity, name
        held = sum(2 * stage.workers + 2 * stage.capacity for stage in self.pipeline.stages)
        assert self.most_in_flight <= held + 1  # and the one in the feeder's hands


def fails_at_first(value: int, seen: set[int]) -> bool:
    """Each tenth item; forgets it when it comes again, so that the test itself needs no room."""
    if value % 10:
        return False
    if value in seen:
        seen.discard(value)
        return False
    seen.add(value)
    return True


async def feed_through(items: int, waits: tuple[float, float, float]) -> Levels:
    failed: dict[str, set[int]] = {"A": set(), "B": set(), "C": set()}

    async def first(value: int) -> int:
        if fails_at_first(value, failed["A"]):
            raise ValueError
        return value

    async def second(value: int) -> int:
        if fails_at_first(value, failed["B"]):
            raise ValueError
        return value

    async def slow(value: int) -> int:
        if value % EVERY == 0:
            levels.sample()
        await asyncio.sleep(0.01)
        if fails_at_first(value, failed["C"]):
            raise ValueError
        return value

    pipeline = Pipeline(
        [
            Stage("A", 4, [first], task_wait_seconds=waits[0], queue_capacity=20),
            Stage(
                "B", 4, [second], retry="per_stage", stage_wait_seconds=waits[1], queue_capacity=10
            ),
            Stage("C", 2, [slow], task_wait_seconds=waits[2], queue_capacity=5),
        ],
        collect_results=False,
    )
    levels = Levels(pipeline)
    fed = iter(range(items))

    def source() -> Iterator[int]:
        for value in fed:
            if value % EVERY == 0:
                levels.sample()
            yield value

    await pipeline.run(source())
    stats = pipeline.get_stats()
    assert stats.items_processed == stats.items_fed == items
    return levels


@pytest.mark.parametrize("waits", [(0.0,) * 3, (0.05,) * 3], ids=["at once", "after a wait"])
def test_queues_keep_their_bound_while_failing_items_come_back(
    waits: tuple[float, float, float],
) -> None:
    levels = run_virtual(feed_through(5_000, waits))
    levels.check_depth()
    assert bool(levels.most_waiting["C"]) == bool(waits[2])


@pytest.mark.usefixtures("_untraced")
def test_memory_does_not_grow_with_the_items_seen() -> None:
    gc.collect()
    levels = run_virtual(feed_through(ITEMS, (0.0, 0.05, 0.0)))
    levels.check_depth()
    assert len(levels.blocks) > ITEMS / EVERY
    assert max(levels.resident) - levels.resident[0] < 20 * MB
    # each tenth item fails once in each stage: a block left behind by those would be seen
    growth = max(levels.blocks) - levels.blocks[0]
    assert growth < ITEMS / 10
    assert growth * SMALL < 20 * MB
