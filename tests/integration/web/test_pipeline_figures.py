"""What the pages say of a real pipeline: where it is stuck, how slow it is, when it is done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from polling import eventually_async

from antflow.pipeline import Pipeline, Stage
from antflow.source import Frame, Group
from antflow.web.sources import LocalSource

Work = Callable[[int], Coroutine[Any, Any, int]]
ITEMS = 2_000
HELD = 40


async def quick(value: int) -> int:
    await asyncio.sleep(0.01)
    return value


async def slow(value: int) -> int:
    await asyncio.sleep(0.1)
    return value


@asynccontextmanager
async def at_work(*stages: Stage) -> AsyncIterator[LocalSource]:
    """A pipeline that is fed more than it can do while a test looks."""
    pipeline = Pipeline(list(stages), collect_results=False)
    source = LocalSource(pipeline, "figures", expected=ITEMS)
    await source.start()
    await pipeline.start()
    feeding = asyncio.create_task(pipeline.feed(range(ITEMS)))
    try:
        yield source
    finally:
        feeding.cancel()
        await asyncio.wait([feeding])
        await source.stop()
        await pipeline.shutdown(0.0)


async def seen(source: LocalSource, wanted: Callable[[Frame], Any]) -> Frame:
    """The first picture in which that is so; a picture is made every tick, as for the pages."""
    found: list[Frame] = []

    def look() -> bool:
        found.append(source.frame())
        return bool(wanted(found[-1]))

    await eventually_async(look, 40, interval=source.tick, what=lambda: str(found[-1]))
    return found[-1]


def groups(frame: Frame) -> dict[str, Group]:
    return {group.name: group for group in frame.groups}


async def test_the_stage_that_sets_the_pace_is_named_and_no_other() -> None:
    """Its workers are busy and the queue before it is full."""
    async with at_work(Stage("Fetch", 2, [quick]), Stage("Parse", 2, [slow])) as source:
        frame = await seen(source, lambda frame: groups(frame)["Parse"].bottleneck)
    assert "2/2 workers busy" in (groups(frame)["Parse"].bottleneck or "")
    assert groups(frame)["Fetch"].bottleneck is None


async def test_running_is_told_apart_from_waiting() -> None:
    """A task takes 0.1 s; before it, items wait in the queue for much longer."""
    async with at_work(Stage("Work", 2, [slow], queue_capacity=100)) as source:
        frame = await seen(source, lambda frame: (groups(frame)["Work"].waiting_time.p99 or 0) > 1)
    running, waiting = groups(frame)["Work"].running_time, groups(frame)["Work"].waiting_time
    for latency in (running, waiting):
        assert latency.p50 is not None
        assert latency.p95 is not None
        assert latency.p99 is not None
        assert latency.p50 <= latency.p95 <= latency.p99
    assert (running.p50 or 0) >= 0.1
    assert (running.p50 or 0) < (waiting.p99 or 0)


async def test_the_time_left_comes_with_a_band() -> None:
    async with at_work(Stage("Work", 2, [slow])) as source:
        frame = await seen(source, lambda frame: frame.totals.eta_low is not None)
    totals = frame.totals
    assert totals.expected == ITEMS
    assert totals.eta is not None
    assert totals.eta_low is not None
    assert totals.eta_high is not None
    assert 0 < totals.eta_low <= totals.eta <= totals.eta_high


async def test_what_runs_over_five_times_the_p95_stands_out() -> None:
    """In the worker's lane and in its stage; what runs less long does not."""
    held = asyncio.Event()

    async def work(value: int) -> int:
        if value == HELD:
            await held.wait()
        await asyncio.sleep(0.3)
        return value

    shown: list[tuple[float, float, bool]] = []

    def stuck(frame: Frame) -> bool:
        running = [task for worker in frame.workers for task in worker.running]
        work = groups(frame)["Work"]
        assert work.stuck == sum(task.stuck for task in running)
        found = next((task for task in running if task.id == str(HELD)), None)
        if found is None or found.started is None or work.running_time.p95 is None:
            return False
        shown.append((frame.at - found.started, work.running_time.p95, found.stuck))
        return found.stuck

    async with at_work(Stage("Work", 10, [work])) as source:
        await seen(source, stuck)
        held.set()
    assert len(shown) > 1
    for age, p95, stands_out in shown:
        assert stands_out == (age > max(5 * p95, 1.0)), shown
