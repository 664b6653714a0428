"""R6: an item that raises what should end a program, or that blocks, takes nobody with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from antflow import Pipeline, PipelineResult, Stage, StatusTracker
from antflow.testing import run_virtual

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


async def test_an_async_task_that_never_returns_fails_at_its_timeout() -> None:
    async def work(value: int) -> int:
        if value == BAD:
            await asyncio.get_running_loop().create_future()
        return value

    stage = Stage("A", 1, [work], task_attempts=2, task_wait_seconds=0.0, timeout=0.02)
    pipeline, results = await run_all([stage])
    check_only_the_bad_one_failed(pipeline, results, "TimeoutError", attempts=2)
