"""Where items come from: any iterable or async iterable, read lazily, and what if it raises."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from antflow import Pipeline, PipelineError, Stage, StatusTracker
from antflow.testing import Gate, RecordingDashboard, settle


async def double(value: int) -> int:
    return 2 * value


def one_stage(*tasks: Any, **options: Any) -> Pipeline:
    return Pipeline([Stage("Work", 2, list(tasks) or [double])], **options)


def counted(total: int) -> Iterator[int]:
    yield from range(total)


async def counted_async(total: int) -> AsyncIterator[int]:
    for value in range(total):
        yield value


class AsyncNumbers:
    """An async iterable that is no generator."""

    def __aiter__(self) -> AsyncNumbers:
        self.next = 0
        return self

    async def __anext__(self) -> int:
        if self.next == 3:
            raise StopAsyncIteration
        await asyncio.sleep(0)
        self.next += 1
        return self.next - 1


@pytest.mark.parametrize(
    "make",
    [
        lambda: [0, 1, 2],
        lambda: range(3),
        lambda: (0, 1, 2),
        lambda: {0: "a", 1: "b", 2: "c"},
        lambda: counted(3),
        lambda: iter([0, 1, 2]),
        lambda: map(int, "012"),
        lambda: counted_async(3),
        AsyncNumbers,
    ],
    ids=["list", "range", "tuple", "dict", "generator", "iterator", "map", "async", "aiterable"],
)
async def test_items_come_from_any_iterable(make: Any) -> None:
    assert [result.value for result in await one_stage().run(make())] == [0, 2, 4]


@pytest.mark.parametrize("empty", [[], iter(()), ""])
async def test_an_empty_source_gives_an_empty_list(empty: Any) -> None:
    assert await one_stage().run(empty) == []


async def test_an_empty_async_source_gives_an_empty_list() -> None:
    assert await one_stage().run(counted_async(0)) == []


async def test_what_is_no_iterable_is_a_type_error() -> None:
    pipeline = one_stage()
    with pytest.raises(TypeError, match="iterable"):
        await pipeline.run(3)  # type: ignore[arg-type]
    assert await pipeline.run([1])


@pytest.mark.parametrize(
    ("source", "total"), [(lambda: [1, 2], 2), (lambda: counted(2), None)], ids=["sized", "unsized"]
)
async def test_displays_learn_the_length_of_a_source_that_has_one(source: Any, total: Any) -> None:
    display = RecordingDashboard()
    await one_stage().run(source(), custom_dashboard=display)
    assert display.started == [total]


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_a_source_is_read_no_faster_than_the_stages_take(kind: str) -> None:
    """One worker, room for three: it holds one, three wait, and one waits for room."""
    taken: list[int] = []

    def source() -> Iterator[int]:
        for value in range(100):
            taken.append(value)
            yield value

    async def async_source() -> AsyncIterator[int]:
        for value in source():
            yield value

    gate = Gate()
    pipeline = Pipeline([Stage("Work", 1, [gate], queue_capacity=3)])
    run = asyncio.create_task(pipeline.run(source() if kind == "sync" else async_source()))
    await settle()
    read = len(taken)
    gate.open()
    assert len(await run) == 100
    assert read == 5


def failing(error: BaseException) -> Iterator[int]:
    yield from (0, 1, 2)
    raise error


async def failing_async(error: BaseException) -> AsyncIterator[int]:
    for value in range(3):
        yield value
    raise error


BROKEN = pytest.mark.parametrize("source", [failing, failing_async], ids=["sync", "async"])


@BROKEN
async def test_the_error_of_a_source_reaches_the_caller(source: Any) -> None:
    error = OSError("the disk is gone")
    with pytest.raises(OSError, match="the disk is gone") as caught:
        await one_stage().run(source(error))
    assert caught.value is error


@BROKEN
@pytest.mark.parametrize("error", [OSError("gone"), PipelineError("another pipeline's")])
async def test_the_items_before_the_error_have_their_outcomes(source: Any, error: Any) -> None:
    seen: list[int] = []

    async def work(value: int) -> int:
        await asyncio.sleep(0)
        seen.append(value)
        return value

    tracker = StatusTracker()
    pipeline = one_stage(work, status_tracker=tracker)
    with pytest.raises(type(error)):
        await pipeline.run(source(error))
    stats = pipeline.get_stats()
    assert sorted(seen) == [0, 1, 2]
    assert (stats.items_fed, stats.items_processed, stats.items_in_flight) == (3, 3, 0)
    assert [result.value for result in pipeline.results] == [0, 1, 2]
    assert tracker.get_stats()["completed"] == 3


@BROKEN
async def test_a_pipeline_can_run_again_after_its_source_raised(source: Any) -> None:
    pipeline = one_stage()
    with pytest.raises(OSError, match="gone"):
        await pipeline.run(source(OSError("gone")))
    assert [result.value for result in await pipeline.run([5])] == [10]


async def test_the_error_of_a_source_reaches_the_feeder_and_the_others_go_on() -> None:
    pipeline = one_stage()
    await pipeline.start()
    with pytest.raises(OSError, match="gone"):
        await pipeline.feed(failing(OSError("gone")))
    await pipeline.feed([10])
    await pipeline.join()
    await pipeline.shutdown()
    assert [result.value for result in pipeline.results] == [0, 2, 4, 20]


async def test_a_source_may_run_a_pipeline_of_its_own() -> None:
    async def source() -> AsyncIterator[int]:
        for result in await one_stage().run([1, 2]):
            yield result.value

    assert [result.value for result in await one_stage().run(source())] == [4, 8]
