"""R3: a slow last stage holds everything before it up; nothing piles up, in no retry mode."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections import Counter
from collections.abc import Iterator

import pytest

from antflow import Pipeline, Stage
from antflow.pipeline.run import Run
from antflow.testing import run_virtual

ITEMS = 100_000
EVERY = 97
"""Items between two samples; prime, so that the samples fall on all kinds of moments."""

MB = 1_000_000


class Levels:
    """What is seen of the queues and of the memory while the items pass."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.capacity = {stage.name: stage.capacity for stage in pipeline.stages}
        self.deepest: Counter[str] = Counter()
        self.most_waiting: Counter[str] = Counter()
        self.most_in_flight = 0
        self.memory: list[int] = []
        self.samples = 0

    def sample(self) -> None:
        self.samples += 1
        stats = self.pipeline.get_stats()
        self.most_in_flight = max(self.most_in_flight, stats.items_in_flight)
        for name, stage in stats.stage_stats.items():
            self.deepest[name] = max(self.deepest[name], stage.pending_items)
            self.most_waiting[name] = max(self.most_waiting[name], stage.waiting_items)
        self.memory.append(tracemalloc.get_traced_memory()[0])

    def check_depth(self) -> None:
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


async def feed_through(items: int, wait: float) -> Levels:
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
            Stage("A", 4, [first], task_wait_seconds=wait, queue_capacity=20),
            Stage("B", 4, [second], retry="per_stage", stage_wait_seconds=wait, queue_capacity=10),
            Stage("C", 2, [slow], task_wait_seconds=wait, queue_capacity=5),
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


@pytest.mark.parametrize("wait", [0.0, 0.05], ids=["at once", "after a wait"])
def test_queues_keep_their_bound_and_memory_does_not_grow(wait: float) -> None:
    tracemalloc.start()
    try:
        levels = run_virtual(feed_through(ITEMS, wait))
    finally:
        tracemalloc.stop()
    assert levels.samples > ITEMS / EVERY
    levels.check_depth()
    assert all(levels.deepest[name] for name in "ABC"), "the queues were never used"
    assert levels.most_waiting.total(), "no item ever waited for another attempt"
    assert max(levels.memory) - levels.memory[0] < 20 * MB
    late = levels.memory[len(levels.memory) // 2 :]
    assert max(late) - min(levels.memory[10:]) < 2 * MB, "it grows with the items seen"
