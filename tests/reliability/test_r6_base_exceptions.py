"""R6: an item that raises what should end a program, or that blocks, takes nobody with it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from antflow import Pipeline, PipelineResult, Stage, StatusTracker
from antflow.testing import run_virtual, until

ITEMS = 12
BAD = 4


class Halt(BaseException):
    """Neither an Exception nor one of Python's own."""


KINDS = [SystemExit, asyncio.CancelledError, MemoryError, GeneratorExit, Halt, StopIteration]


async def run_all(
    stages: list[Stage], items: Any = range(ITEMS), **options: Any
) -> tuple[Pipeline, list[PipelineResult]]:
    pipeline = Pipeline(stages, status_tracker=StatusTracker())
    results = await asyncio.wait_for(pipeline.run(items, include_failures=True, **options), 60.0)
    return pipeline, results


def check_only_the_bad_one_failed(
    pipeline: Pipeline, results: list[PipelineResult], kind: str, attempts: int = 1
) -> None:
    assert [result.id for result in results] == list(range(ITEMS))
    assert [result.id for result in results if not result.is_success] == [BAD]
    assert pipeline.tracker is not None
    (failed,) = pipeline.get_error_summary().failed_items
    assert (failed.item_id, failed.error_type, failed.attempts) == (BAD, kind, attempts)
    event = pipeline.tracker.get_status(BAD)
    assert event is not None
    assert (event.status, event.metadata["error_type"]) == ("failed", kind)
    stats = pipeline.get_stats()
    assert (stats.items_processed, stats.items_failed, stats.items_in_flight) == (ITEMS - 1, 1, 0)


@pytest.mark.parametrize("suspends", [True, False], ids=["suspending", "at once"])
@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
async def test_an_async_task_that_raises_it_fails_its_item_only(
    kind: type[BaseException], workers: int, suspends: bool
) -> None:
    async def work(value: int) -> int:
        if suspends:
            await asyncio.sleep(0)
        if value == BAD:
            raise kind("no")
        return value

    pipeline, results = await run_all([Stage("A", workers, [work], task_attempts=1)])
    # a coroutine cannot raise a StopIteration: Python itself makes a RuntimeError of it
    name = "RuntimeError" if kind is StopIteration else kind.__name__
    check_only_the_bad_one_failed(pipeline, results, name)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_plain_function_that_raises_it_on_its_thread_fails_its_item_only(
    kind: type[BaseException],
) -> None:
    def work(value: int) -> int:
        if value == BAD:
            raise kind("no")
        return value

    pipeline, results = await run_all([Stage("A", 1, [work], task_attempts=1)])
    name = "RuntimeError" if kind is StopIteration else kind.__name__
    check_only_the_bad_one_failed(pipeline, results, name)


@pytest.mark.parametrize("retry", ["per_task", "per_stage"])
@pytest.mark.parametrize("kind", [SystemExit, asyncio.CancelledError, MemoryError, Halt])
def test_it_is_tried_again_where_retry_on_names_it(kind: type[BaseException], retry: Any) -> None:
    calls = []

    async def work(value: int) -> int:
        if value == BAD:
            calls.append(value)
            raise kind("no")
        return value

    stage = Stage("A", 2, [work], retry=retry, task_attempts=3, retry_on=(kind,))
    pipeline, results = run_virtual(run_all([stage]))
    check_only_the_bad_one_failed(pipeline, results, kind.__name__, attempts=3)
    assert len(calls) == 3


class Paused:
    """An unsized source with gaps, in which the workers come to rest between two items."""

    def __init__(self, items: int = ITEMS) -> None:
        self._items = items

    async def __aiter__(self) -> Any:
        for value in range(self._items):
            yield value
            await asyncio.sleep(1.0)


def plain(stage: Stage) -> Stage:
    return stage


def with_timeout(stage: Stage) -> Stage:
    stage.timeout = 50.0
    return stage


@pytest.mark.parametrize("suspends", [True, False], ids=["suspending", "at once"])
@pytest.mark.parametrize("armed", [plain, with_timeout])
@pytest.mark.parametrize("source", [range(ITEMS), Paused()], ids=["dense", "with gaps"])
def test_a_task_that_cancels_its_own_asyncio_task_ends_no_worker(
    source: Any, armed: Callable[[Stage], Stage], suspends: bool
) -> None:
    async def work(value: int) -> int:
        if value == BAD:
            task = asyncio.current_task()
            assert task is not None
            task.cancel("meant for whoever runs this")
            if suspends:
                await asyncio.sleep(0)
        return value

    stage = armed(Stage("A", 1, [work], task_attempts=1))
    pipeline, results = run_virtual(run_all([stage], source))
    others = [result.id for result in results if result.id != BAD]
    assert others == [value for value in range(ITEMS) if value != BAD]
    assert all(result.is_success for result in results if result.id != BAD)
    stats = pipeline.get_stats()
    assert stats.items_fed == ITEMS == stats.items_processed + stats.items_failed
    assert pipeline.get_worker_names() == {"A": ["A-W0"]}


@pytest.mark.parametrize("source", [range(ITEMS), Paused()], ids=["dense", "with gaps"])
def test_a_task_that_revokes_its_own_item_ends_no_worker(source: Any) -> None:
    async def work(value: int) -> int:
        if value == BAD:
            pipeline.revoke(BAD)
        return value

    pipeline = Pipeline([Stage("A", 1, [work])])
    results = run_virtual(asyncio.wait_for(pipeline.run(source), 60.0))
    others = [result.id for result in results if result.id != BAD]
    assert others == [value for value in range(ITEMS) if value != BAD]
    stats = pipeline.get_stats()
    assert stats.items_fed == ITEMS == stats.items_processed + stats.items_cancelled
    assert pipeline.get_worker_names() == {"A": ["A-W0"]}


def test_a_revocation_that_a_task_swallows_does_not_hit_the_next_item() -> None:
    async def work(value: int) -> int:
        if value == 0:
            try:
                await asyncio.sleep(10.0)
            except asyncio.CancelledError:
                return value
        if value == 1:
            raise ValueError(value)
        return value

    async def main() -> Pipeline:
        pipeline = Pipeline([Stage("A", 1, [work], task_attempts=1)])
        run = asyncio.create_task(pipeline.run(range(3)))
        await asyncio.sleep(1.0)
        pipeline.revoke(0)
        await asyncio.wait_for(run, 60.0)
        return pipeline

    pipeline = run_virtual(main())
    assert [item.item_id for item in pipeline.get_error_summary().failed_items] == [1]
    stats = pipeline.get_stats()
    assert stats.items_processed + stats.items_cancelled == 2
    assert 2 in [result.id for result in pipeline.results]


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("where", ["on_success", "on_failure", "on_skip", "skip_if", "wait"])
@pytest.mark.parametrize("kind", [SystemExit, asyncio.CancelledError, MemoryError, Halt])
def test_a_callback_that_raises_it_changes_no_outcome(
    kind: type[BaseException], where: str, workers: int
) -> None:
    calls = []

    def raises(*args: Any) -> Any:
        calls.append(args)
        raise kind("no")

    async def work(value: int) -> int:
        if value == BAD:
            raise ValueError(value)
        return value

    fields: dict[str, Any] = {"task_wait_seconds" if where == "wait" else where: raises}
    if where == "on_skip":
        fields["skip_if"] = lambda value: value == 0
    stage = Stage("A", workers, [work], task_attempts=2 if where == "wait" else 1, **fields)
    pipeline, results = run_virtual(run_all([stage]))
    check_only_the_bad_one_failed(pipeline, results, "ValueError")
    assert calls


# -- KeyboardInterrupt ----------------------------------------------------------------------------


def check_every_item_ended(pipeline: Pipeline, taken: list[int]) -> None:
    stats = pipeline.get_stats()
    failed = [item.item_id for item in pipeline.get_error_summary().failed_items]
    left = [item.id for item in pipeline.unprocessed]
    done = [result.id for result in pipeline.results]
    assert failed == [BAD]
    assert sorted([*failed, *left, *done]) == taken
    assert stats.items_fed == len(taken)
    assert (stats.items_processed, stats.items_cancelled) == (len(done), len(left))
    assert stats.items_in_flight == 0


def counted(taken: list[int], items: int) -> Iterator[int]:
    for value in range(items):
        taken.append(value)
        yield value


@pytest.mark.parametrize("items", [ITEMS, 100_000], ids=["all fed", "being fed"])
@pytest.mark.parametrize("capacity", [1, None])
def test_keyboard_interrupt_in_a_task_stops_the_run_each_item_with_an_outcome(
    capacity: int | None, items: int
) -> None:
    taken: list[int] = []

    async def work(value: int) -> int:
        await asyncio.sleep(0.1)
        if value == BAD:
            raise KeyboardInterrupt
        return value

    async def main() -> None:
        tracker = StatusTracker()
        stage = Stage("A", 2, [work], queue_capacity=capacity)
        pipeline = Pipeline([stage, Stage("B", 2, [work])], status_tracker=tracker)
        with pytest.raises(KeyboardInterrupt):
            await _timed(pipeline.run(counted(taken, items)))
        assert asyncio.all_tasks() == {asyncio.current_task()}
        check_every_item_ended(pipeline, taken)
        counts = tracker.get_stats()
        assert counts["queued"] == counts["in_progress"] == 0

    run_virtual(main())
    assert len(taken) < 100, "it went on feeding"


def test_keyboard_interrupt_ends_a_stream_each_item_with_an_outcome() -> None:
    taken: list[int] = []

    async def work(value: int) -> int:
        await asyncio.sleep(0.1)
        if value == BAD:
            raise KeyboardInterrupt
        return value

    pipeline = Pipeline([Stage("A", 2, [work], queue_capacity=2)])

    async def main() -> None:
        async for _ in pipeline.stream(counted(taken, 100_000)):
            pass

    with pytest.raises(KeyboardInterrupt):
        run_virtual(main())
    stats = pipeline.get_stats()
    assert stats.items_fed == len(taken) < 100
    assert stats.items_failed == 1
    assert stats.items_in_flight == 0
    assert stats.items_cancelled == len(pipeline.unprocessed)


@pytest.mark.parametrize("threaded", [False, True], ids=["on the loop", "on a thread"])
def test_the_pipeline_runs_again_after_a_keyboard_interrupt(threaded: bool) -> None:
    angry = [True]

    async def on_loop(value: int) -> int:
        return on_thread(value)

    def on_thread(value: int) -> int:
        if value == BAD and angry[0]:
            raise KeyboardInterrupt
        return value

    task = on_thread if threaded else on_loop
    pipeline = Pipeline([Stage("A", 2, [task], task_attempts=1)])
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(_timed(pipeline.run(range(ITEMS))))
    angry[0] = False
    left = list(pipeline.unprocessed)
    before = [result.id for result in pipeline.results]
    again = asyncio.run(_timed(pipeline.run(left)))
    assert sorted([*before, *(result.id for result in again)]) == [
        value for value in range(ITEMS) if value != BAD
    ]


async def _timed(work: Any) -> Any:
    """Not `wait_for`: in a task of its own a KeyboardInterrupt goes through the loop itself."""
    async with asyncio.timeout(60.0):
        return await work


# -- blocking -------------------------------------------------------------------------------------


async def test_a_plain_function_that_blocks_fails_at_its_timeout_and_the_others_finish() -> None:
    released = threading.Event()
    order: list[int] = []

    def work(value: int) -> int:
        if value == 0:
            assert released.wait(60.0)
        order.append(value)
        return value

    stage = Stage("A", 2, [work], task_attempts=1, timeout=0.05)
    pipeline = Pipeline([stage], status_tracker=StatusTracker())
    run = asyncio.create_task(pipeline.run(range(ITEMS), include_failures=True))
    try:
        await until(lambda: pipeline.get_stats().items_processed == ITEMS - 1, 60.0)
        await until(lambda: pipeline.get_stats().items_failed == 1, 60.0)
        assert order == list(range(1, ITEMS))
        busy = [s for s in pipeline.get_worker_states().values() if s.status == "busy"]
        assert [(state.current_item_id, state.waiting_for) for state in busy] in (
            [(0, "thread")],
            [],  # the run has ended without waiting for the thread
        )
    finally:
        released.set()
    results = await asyncio.wait_for(run, 60.0)
    assert isinstance(results[0].error, TimeoutError)
    assert "longer than 0.05 s" in str(results[0].error)
    assert all(result.is_success for result in results[1:])


async def test_a_worker_whose_thread_was_blocked_goes_on_when_it_is_free() -> None:
    released, done = threading.Event(), []

    def work(value: int) -> int:
        if value == 0:
            assert released.wait(60.0)
        done.append(value)
        return value

    pipeline = Pipeline([Stage("A", 1, [work], task_attempts=1, timeout=0.05)])
    await pipeline.start()
    try:
        await pipeline.feed(range(3))
        await until(lambda: pipeline.get_stats().items_failed == 1, 60.0)
        assert pipeline.get_stats().items_processed == 0
        assert done == []
    finally:
        released.set()
    await asyncio.wait_for(pipeline.join(), 60.0)
    assert [result.id for result in pipeline.results] == [1, 2]
    assert done == [0, 1, 2]
    await pipeline.shutdown()


async def test_an_async_task_that_never_returns_fails_at_its_timeout() -> None:
    async def work(value: int) -> int:
        if value == BAD:
            await asyncio.get_running_loop().create_future()
        return value

    stage = Stage("A", 1, [work], task_attempts=2, task_wait_seconds=0.0, timeout=0.02)
    pipeline, results = await run_all([stage])
    check_only_the_bad_one_failed(pipeline, results, "TimeoutError", attempts=2)


def test_shutdown_leaves_a_task_behind_that_swallows_every_cancellation() -> None:
    """It is told four times, then its item is cancelled and what it returns is not listened to."""
    released: list[asyncio.Event] = []

    async def work(value: int) -> int:
        while not released[0].is_set():
            try:
                await released[0].wait()
            except asyncio.CancelledError:
                continue
        return value

    async def main() -> Pipeline:
        released.append(asyncio.Event())
        pipeline = Pipeline([Stage("A", 1, [work])], status_tracker=StatusTracker())
        await pipeline.start()
        await pipeline.feed([0, 1])
        await asyncio.sleep(1.0)
        await asyncio.wait_for(pipeline.shutdown(1.0), 30.0)
        assert [item.id for item in pipeline.unprocessed] == [0, 1]
        before = pipeline.get_stats()
        released[0].set()
        await asyncio.sleep(1.0)
        assert pipeline.get_stats() == before
        assert pipeline.results == []
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return pipeline

    stats = run_virtual(main()).get_stats()
    assert (stats.items_fed, stats.items_cancelled, stats.items_processed) == (2, 2, 0)
