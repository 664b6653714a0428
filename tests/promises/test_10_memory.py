"""Promise 10: memory is bounded.

History keeps what fits `StatusTracker(max_items=…)` (None, the default, keeps all; else finished
items leave first; counts stay exact); sources are read lazily, no faster than the slowest stage.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import itertools
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from evidence import same, virtually, watched

from antflow import DROP, Pipeline, Stage, StatusTracker
from antflow.testing import Flaky, Gate, settle


async def mixed(value: int) -> Any:
    if value % 10 == 3:
        raise ValueError(value)
    return DROP if value % 10 == 4 else value


def mixed_pipeline(tracker: StatusTracker) -> Pipeline:
    stages = [
        Stage("First", 2, [mixed], task_attempts=1),
        Stage("Last", 2, [same], skip_if=lambda value: value % 10 == 5),
    ]
    return Pipeline(stages, status_tracker=tracker)


# -- history -------------------------------------------------------------------------------------


def test_the_default_keeps_the_history_of_all_items() -> None:
    assert inspect.signature(StatusTracker).parameters["max_items"].default is None
    tracker = StatusTracker()
    virtually(mixed_pipeline(tracker).run(range(2000)))
    assert tracker.get_tracked_ids() == list(range(2000))
    assert all(len(tracker.get_history(item)) >= 3 for item in range(2000))


@pytest.mark.parametrize("max_items", [1, 10, 100])
def test_history_keeps_the_newest_of_the_finished_items(max_items: int) -> None:
    tracker = StatusTracker(max_items=max_items)
    virtually(Pipeline([Stage("Only", 1, [same])], status_tracker=tracker).run(range(500)))
    kept = list(range(500 - max_items, 500))
    assert tracker.get_tracked_ids() == kept
    assert [len(tracker.get_history(item)) for item in kept] == [3] * max_items
    assert tracker.get_history(0) == []
    assert tracker.get_status(0) is None


@pytest.mark.parametrize("max_items", [1, 10, 100])
def test_the_bound_holds_at_every_moment_but_for_items_in_flight(max_items: int) -> None:
    tracker = StatusTracker(max_items=max_items)
    pipeline = mixed_pipeline(tracker)
    most: list[int] = []

    def look() -> None:
        in_flight = pipeline.get_stats().items_in_flight
        kept = len(tracker.get_tracked_ids())
        assert kept <= max(max_items, in_flight)
        most.append(kept)

    async def main() -> None:
        watched().watch = look
        await pipeline.run(range(500))

    virtually(main())
    assert len(tracker.get_tracked_ids()) <= max_items <= max(most)


def test_finished_items_leave_first() -> None:
    """Those in flight stay, however many others have come and gone since."""

    async def main() -> None:
        gate = Gate()

        async def hold_five(value: int) -> int:
            return int(await gate(value)) if value < 5 else value

        tracker = StatusTracker(max_items=8)
        pipeline = Pipeline([Stage("Only", 6, [hold_five])], status_tracker=tracker)
        await pipeline.start()
        await pipeline.feed(range(300))
        await settle(400)
        assert pipeline.get_stats().items_processed == 295
        assert tracker.get_tracked_ids() == [0, 1, 2, 3, 4, 297, 298, 299]
        assert {len(tracker.get_history(item)) for item in range(5)} == {2}
        gate.open()
        await pipeline.join()
        assert {len(tracker.get_history(item)) for item in range(5)} == {3}
        assert len(tracker.get_tracked_ids()) == 8
        await pipeline.shutdown()

    virtually(main())


@pytest.mark.parametrize("max_items", [1, 7, None])
def test_the_counts_stay_exact(max_items: int | None) -> None:
    tracker = StatusTracker(max_items=max_items)
    pipeline = mixed_pipeline(tracker)

    async def main() -> None:
        await pipeline.run(range(300))
        await pipeline.run(range(300, 500))

    virtually(main())
    expected = {"queued": 0, "in_progress": 0, "retrying": 0, "dropped": 50, "failed": 50}
    assert tracker.get_stats() == expected | {"completed": 350, "skipped": 50}
    assert tracker.get_error_summary().total_failed == 50
    assert len(tracker.get_failed_items()) == 50


def test_an_id_that_comes_again_counts_as_one_item_of_the_history() -> None:
    async def main() -> None:
        tracker = StatusTracker(max_items=5)
        pipeline = Pipeline([Stage("Only", 2, [same])], status_tracker=tracker)
        for _ in range(4):
            await pipeline.run(range(20))
            assert len(tracker.get_tracked_ids()) <= 5
        items = [{"id": "same", "value": n} for n in range(50)]
        await pipeline.run(items)
        assert len(tracker.get_tracked_ids()) <= 5
        assert tracker.get_stats()["completed"] == 130

    virtually(main())


# -- sources ---------------------------------------------------------------------------------------


class Source:
    """Endless; counts how far it was read."""

    def __init__(self) -> None:
        self.read = 0

    def __iter__(self) -> Iterator[int]:
        for number in itertools.count():
            self.read += 1
            yield number


class AsyncSource(Source):
    """The same as an async iterable."""

    __iter__ = None  # type: ignore[assignment]

    async def __aiter__(self) -> AsyncIterator[int]:
        for number in itertools.count():
            self.read += 1
            yield number


SOURCES = pytest.mark.parametrize("source", [Source, AsyncSource], ids=["sync", "async"])
TWO_STAGES = pytest.mark.parametrize(
    ("first", "last", "room"),
    [
        ({"queue_capacity": 5}, {"queue_capacity": 3}, 5 + 2 + 3 + 1),
        ({}, {}, 20 + 2 + 10 + 1),
        ({"queue_capacity": 5}, {"pull": True}, 5 + 2 + 0 + 1),
    ],
    ids=["given", "default", "pull"],
)


@SOURCES
@TWO_STAGES
async def test_a_source_is_read_no_further_than_the_stages_have_room(
    source: type[Source], first: dict[str, Any], last: dict[str, Any], room: int
) -> None:
    """The queues' capacities and one item a worker; one more waits to be fed."""
    gate, numbers = Gate(), source()
    pipeline = Pipeline([Stage("First", 2, [same], **first), Stage("Last", 1, [gate], **last)])
    run = asyncio.create_task(pipeline.run(numbers))
    await settle(300)
    assert room <= numbers.read <= room + 1
    assert pipeline.get_stats().items_in_flight == numbers.read
    run.cancel()
    await asyncio.wait([run])


@SOURCES
def test_a_source_is_read_no_faster_than_the_slowest_stage(source: type[Source]) -> None:
    async def slow(value: int) -> int:
        await asyncio.sleep(1)
        return value

    async def main() -> None:
        numbers = source()
        stages = [Stage("First", 2, [same], queue_capacity=3)]
        stages.append(Stage("Slow", 2, [slow], queue_capacity=3))
        pipeline = Pipeline(stages)
        run = asyncio.create_task(pipeline.run(numbers))
        for second in range(20):
            await asyncio.sleep(1 if second else 0.5)
            assert numbers.read <= pipeline.get_stats().items_processed + 3 + 2 + 3 + 2 + 1
        assert pipeline.get_stats().items_processed == 2 * 19
        run.cancel()
        await asyncio.wait([run])

    virtually(main())


@SOURCES
def test_no_queue_ever_holds_more_than_its_capacity(source: type[Source]) -> None:
    """With retries, a slow last stage, and two feeders at once."""
    task = Flaky(1)

    async def slow(value: int) -> int:
        await asyncio.sleep(1)
        return value

    stages = [
        Stage("First", 3, [task], task_wait_seconds=0.5, queue_capacity=4),
        Stage("Last", 2, [slow, Flaky(1)], task_wait_seconds=0.5, queue_capacity=2),
    ]
    pipeline = Pipeline(stages)
    most = {"First": 0, "Last": 0}

    def look() -> None:
        for name, size in pipeline.get_stats().queue_sizes.items():
            most[name] = max(most[name], size)

    async def main() -> None:
        watched().watch = look
        await pipeline.start()
        feeders = [asyncio.create_task(pipeline.feed(source())) for _ in range(2)]
        await asyncio.sleep(40)
        await pipeline.shutdown(0)
        await asyncio.gather(*feeders, return_exceptions=True)

    virtually(main())
    assert most == {"First": 4, "Last": 2}


@SOURCES
@pytest.mark.parametrize("buffer_size", [0, 1, 7])
def test_feeding_never_runs_ahead_of_a_streams_consumer(
    source: type[Source], buffer_size: int
) -> None:
    async def main() -> None:
        numbers = source()
        pipeline = Pipeline([Stage("Only", 2, [same], queue_capacity=3)])
        stream = pipeline.stream(numbers, buffer_size=buffer_size)
        taken = 0
        async for _ in stream:
            taken += 1
            await settle()
            assert numbers.read <= taken + buffer_size + 2 + 3 + 1
            if taken == 50:
                break
        await stream.aclose()  # type: ignore[attr-defined]

    virtually(main())


# -- what stays ------------------------------------------------------------------------------------


@pytest.mark.parametrize("tracker", [None, {"max_items": 50}], ids=["untracked", "tracked"])
def test_what_passed_through_leaves_nothing_behind(
    tracker: dict[str, Any] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory blocks in use after 500 items and after ten times as many more."""

    async def main() -> int:
        options = StatusTracker(**tracker) if tracker else None
        stages = [Stage("First", 3, [same]), Stage("Last", 3, [same], on_success=lambda *_: None)]
        pipeline = Pipeline(stages, collect_results=False, status_tracker=options)
        await pipeline.start()
        used = []
        for items in (500, 500, 5000):
            await pipeline.feed([str(number) for number in range(items)])
            await settle()
            gc.collect()
            used.append(sys.getallocatedblocks())
        await pipeline.join()
        await pipeline.shutdown()
        return used[2] - used[1]

    assert virtually(main()) < 500
