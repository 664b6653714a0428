"""Promise 6, continued: what was left can be run again; join, feed and Ctrl-C.

`join()` waits for feeders that are still producing. `feed` on a pipeline that is not started
raises PipelineError instead of waiting for ever (an unknown stage is a ValueError first).
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from evidence import now, same, virtually

from antflow import Item, Pipeline, PipelineError, Stage, StatusTracker
from antflow.testing import Gate, settle

ITEMS = [Item(id=f"item {n}", value=n, metadata={"n": n}, priority=n % 3) for n in range(40)]


class Counting:
    """A task that takes a second, and counts how often each value ended there."""

    def __init__(self) -> None:
        self.ended: Counter[int] = Counter()

    async def __call__(self, value: int) -> int:
        await asyncio.sleep(1)
        self.ended[value] += 1
        return value


@pytest.mark.parametrize("again", ["run", "feed"])
@pytest.mark.parametrize("timeout", [0, 0.4, 5])
@pytest.mark.parametrize("after", [0, 0.5, 3.5, 7.25])
def test_what_was_left_can_be_run_again_and_completes(
    after: float, timeout: float, again: str
) -> None:
    """Every item goes through every stage to its end, and through none of them twice."""
    first, last = Counting(), Counting()
    stages = [Stage("First", 3, [first]), Stage("Last", 2, [last], queue_capacity=2)]
    pipeline = Pipeline(stages, status_tracker=StatusTracker())

    async def main() -> None:
        await pipeline.start()
        feeding = asyncio.create_task(pipeline.feed(ITEMS[:30]))
        await asyncio.sleep(after)
        await pipeline.shutdown(timeout)
        await asyncio.gather(feeding, return_exceptions=True)
        done = pipeline.results
        left = pipeline.unprocessed
        assert left
        fed = len(done) + len(left)
        if again == "run":
            done = done + await pipeline.run(left)
        else:
            await pipeline.start()
            await pipeline.feed(left)
            await pipeline.join()
            await pipeline.shutdown()
            done = done + pipeline.results
        assert pipeline.unprocessed == []
        assert sorted(result.value for result in done) == list(range(fed))
        assert {(result.id, result.metadata["n"]) for result in done} == {
            (f"item {n}", n) for n in range(fed)
        }
        assert first.ended == last.ended == dict.fromkeys(range(fed), 1)

    virtually(main())


def test_a_cancelled_run_leaves_its_items_in_unprocessed() -> None:
    async def main() -> None:
        gate = Gate()
        pipeline = Pipeline([Stage("Held", 2, [gate])])
        run = asyncio.create_task(pipeline.run(range(7)))
        await settle()
        run.cancel()
        await asyncio.wait([run])
        assert [item.value for item in pipeline.unprocessed] == list(range(7))
        gate.open()
        results = await pipeline.run(pipeline.unprocessed)
        assert [(result.id, result.value) for result in results] == [(n, n) for n in range(7)]

    virtually(main())


# -- join ------------------------------------------------------------------------------------------


async def seldom(items: int) -> AsyncIterator[int]:
    for number in range(items):
        await asyncio.sleep(10)
        yield number


@pytest.mark.parametrize("how", ["feed", "feed_async"])
def test_join_waits_for_feeders_that_are_still_producing(how: str) -> None:
    async def main() -> None:
        pipeline = Pipeline([Stage("Only", 2, [same])])
        await pipeline.start()
        feeders = [asyncio.create_task(getattr(pipeline, how)(seldom(n))) for n in (3, 5)]
        await asyncio.sleep(0)
        await pipeline.join()
        assert now() == 50
        assert sorted(result.value for result in pipeline.results) == [0, 0, 1, 1, 2, 2, 3, 4]
        await asyncio.gather(*feeders)
        await pipeline.shutdown()

    virtually(main())


def test_join_waits_for_items_between_two_attempts() -> None:
    async def fail(_: int) -> None:
        raise ValueError

    async def main() -> None:
        pipeline = Pipeline([Stage("Only", 2, [fail], task_attempts=3, task_wait_seconds=7)])
        await pipeline.start()
        await pipeline.feed(range(4))
        await pipeline.join()
        assert now() == 14
        assert pipeline.get_stats().items_failed == 4
        await pipeline.shutdown()

    virtually(main())


def test_join_returns_where_nothing_was_started_or_fed() -> None:
    async def main() -> None:
        pipeline = Pipeline([Stage("Only", 2, [same])])
        await pipeline.join()
        await pipeline.shutdown()
        await pipeline.start()
        await pipeline.join()
        await pipeline.shutdown()
        assert now() == 0

    virtually(main())


@pytest.mark.parametrize("timeout", [0, 5])
def test_a_shutdown_ends_the_wait_of_join_and_of_feeders_that_have_nothing_to_feed(
    timeout: float,
) -> None:
    async def silent() -> AsyncIterator[int]:
        yield 0
        await asyncio.get_running_loop().create_future()

    async def main() -> None:
        pipeline = Pipeline([Stage("Only", 2, [same])])
        await pipeline.start()
        feeding = asyncio.create_task(pipeline.feed_async(silent()))
        await settle()
        joining = asyncio.create_task(pipeline.join())
        await settle()
        assert not joining.done()
        await pipeline.shutdown(timeout)
        with pytest.raises(PipelineError, match="shut down"):
            await feeding
        await joining
        assert now() == 0
        assert len(pipeline.results) == 1

    virtually(main())


# -- feed ------------------------------------------------------------------------------------------


async def feed(pipeline: Pipeline, stage: str | None) -> None:
    await pipeline.feed([1], stage)


async def feed_async(pipeline: Pipeline, stage: str | None) -> None:
    await pipeline.feed_async(seldom(1), stage)


@pytest.mark.parametrize("how", [feed, feed_async])
@pytest.mark.parametrize("before", ["never started", "shut down", "run ended"])
def test_feed_on_a_pipeline_that_is_not_started_raises(how: Any, before: str) -> None:
    async def main() -> None:
        pipeline = Pipeline([Stage("Only", 2, [same])])
        if before == "shut down":
            await pipeline.start()
            await pipeline.shutdown()
        elif before == "run ended":
            await pipeline.run([1])
        with pytest.raises(PipelineError, match="not started"):
            await how(pipeline, None)
        with pytest.raises(PipelineError, match="not started"):
            await how(pipeline, "Only")
        with pytest.raises(ValueError, match="not found"):
            await how(pipeline, "Unknown")
        await pipeline.start()
        with pytest.raises(ValueError, match="not found"):
            await how(pipeline, "Unknown")
        await pipeline.shutdown()

    virtually(main())


# -- Ctrl-C ----------------------------------------------------------------------------------------

PROGRAM = """
import asyncio, sys, threading, time
from antflow import Pipeline, Stage, StatusTracker

def ready():
    print("ready", flush=True)

async def waits(value):
    if value == 5:
        ready()
    await asyncio.sleep(0 if value < 5 else 1000)
    return value

async def computes(value):
    if value == 5:
        ready()
    if value >= 5:
        end = time.monotonic() + 0.002
        while time.monotonic() < end:
            pass
    return value

def blocks(value):
    if value == 5:
        ready()
    if value >= 5:
        threading.Event().wait(1000)
    return value

async def same(value):
    return value

tracker = StatusTracker()
first = Stage("First", 2, [globals()[sys.argv[1]]], queue_capacity=3)
pipeline = Pipeline([first, Stage("Last", 1, [same])], status_tracker=tracker)
try:
    asyncio.run(pipeline.run(iter(range(10**9))))
except KeyboardInterrupt:
    stats = pipeline.get_stats()
    ended = stats.items_processed + stats.items_failed + stats.items_cancelled
    histories = [tracker.get_history(item) for item in range(stats.items_fed)]
    statuses = [(events[-1].stage, events[-1].status) for events in histories]
    print("stopped", stats.items_in_flight, ended == stats.items_fed, stats.items_cancelled > 0)
    print(sum(one == ("Last", "completed") for one in statuses) == stats.items_processed)
    print(sum(status == "cancelled" for _, status in statuses) == stats.items_cancelled)
    print(sum(status == "failed" for _, status in statuses) == stats.items_failed)
"""


@pytest.fixture
def program(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-W", "error", "-c", PROGRAM, request.param]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to another process")
@pytest.mark.parametrize("program", ["waits", "computes", "blocks"], indirect=True)
def test_ctrl_c_stops_within_a_moment_and_every_item_has_an_outcome(
    program: subprocess.Popen[str],
) -> None:
    assert program.stdout is not None
    assert program.stdout.readline() == "ready\n"
    program.send_signal(signal.SIGINT)
    told, _ = program.communicate(timeout=50)
    assert told.splitlines() == ["stopped 0 True True", "True", "True", "True"]
    assert program.returncode == 0
