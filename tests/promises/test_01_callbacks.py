"""Promise 1, continued: every item has one outcome whatever callbacks or subscribers raise.

An exception in a callback changes nothing; KeyboardInterrupt stops the run as Ctrl-C does, with
every item having an outcome.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
from evidence import assert_one_outcome_each, hearing, history, outcomes, same, virtually

from antflow import DROP, Pipeline, Stage, StatusTracker
from antflow.testing import Gate, RecordingDashboard

KINDS = [ValueError, asyncio.CancelledError, SystemExit, MemoryError, GeneratorExit]
CALLBACKS = ["on_success", "on_failure", "on_skip", "skip_if"]
HEARERS = ["on_status_change", "on_task_start", "on_task_complete", "on_task_retry", "on_task_fail"]


def raising(
    kind: type[BaseException], asynchronous: bool, once: bool = False
) -> Callable[..., Any]:
    calls = 0

    def fail(*_: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 1 or not once:
            raise kind("from a callback")

    async def fail_later(*_: Any) -> None:
        await asyncio.sleep(0)
        fail()

    return fail_later if asynchronous else fail


async def mixed(value: int) -> Any:
    """Values that end in 3 fail, those in 4 are dropped."""
    await asyncio.sleep(0.01)
    if value % 10 == 3:
        raise ValueError(value)
    return DROP if value % 10 == 4 else value


def mixed_stage(**fields: Any) -> Stage:
    skip_if = fields.pop("skip_if", lambda value: value % 10 == 5)
    return Stage("Mixed", 2, [mixed], task_attempts=2, skip_if=skip_if, **fields)


def run_counted(pipeline: Pipeline, **options: Any) -> tuple[int, int, int, int]:
    """How many were processed, skipped, failed and dropped, of twenty."""
    virtually(pipeline.run(range(20), **options))
    stats = pipeline.get_stats()
    return stats.items_processed, stats.items_skipped, stats.items_failed, stats.items_dropped


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("callback", CALLBACKS)
def test_an_exception_in_a_callback_changes_no_outcome(
    callback: str, kind: type[BaseException], asynchronous: bool
) -> None:
    stage = mixed_stage(**{callback: raising(kind, asynchronous)})
    pipeline = Pipeline([stage, Stage("Last", 1, [same])], status_tracker=StatusTracker())
    skipped = 0 if callback == "skip_if" else 2
    assert run_counted(pipeline) == (16, skipped, 2, 2)
    assert_one_outcome_each(pipeline, 20)


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("hearer", HEARERS)
def test_an_exception_in_a_subscriber_changes_no_outcome(
    hearer: str, kind: type[BaseException], asynchronous: bool
) -> None:
    tracker = hearing(raising(kind, asynchronous), hearer)
    pipeline = Pipeline([mixed_stage(), Stage("Last", 1, [same])], status_tracker=tracker)
    assert run_counted(pipeline) == (16, 2, 2, 2)
    assert_one_outcome_each(pipeline, 20)


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("method", ["on_start", "on_update", "on_finish"])
def test_an_exception_in_a_display_changes_no_outcome(
    method: str, kind: type[BaseException], asynchronous: bool
) -> None:
    display = RecordingDashboard()
    setattr(display, method, raising(kind, asynchronous))
    pipeline = Pipeline([mixed_stage(), Stage("Last", 1, [same])], status_tracker=StatusTracker())
    counts = run_counted(pipeline, custom_dashboard=display, dashboard_update_interval=0.005)
    assert counts == (16, 2, 2, 2)
    assert_one_outcome_each(pipeline, 20)


@pytest.mark.parametrize("callback", ["on_success", "on_failure", "on_skip"])
def test_an_exception_in_a_callback_is_logged(
    callback: str, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline = Pipeline([mixed_stage(**{callback: raising(KeyError, False)})])
    virtually(pipeline.run(range(20)))
    told = [record for record in caplog.records if "KeyError" in record.getMessage()]
    assert len(told) == 1
    assert told[0].levelno == logging.ERROR


def test_an_exception_in_skip_if_means_not_skipped_with_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pipeline = Pipeline([Stage("Only", 1, [same], skip_if=raising(KeyError, True))])
    results = virtually(pipeline.run(range(3)))
    assert [result.value for result in results] == [0, 1, 2]
    assert pipeline.get_stats().items_skipped == 0
    assert [r.levelno for r in caplog.records if "KeyError" in r.getMessage()] == [logging.WARNING]


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_a_source_that_raises_ends_the_run_after_the_items_before_it(asynchronous: bool) -> None:
    def source() -> Any:
        yield from range(20)
        raise LookupError("the source is broken")

    async def slow_source() -> Any:
        for number in range(20):
            await asyncio.sleep(0)
            yield number
        raise LookupError("the source is broken")

    pipeline = Pipeline([mixed_stage(), Stage("Last", 1, [same])], status_tracker=StatusTracker())
    with pytest.raises(LookupError, match="broken"):
        virtually(pipeline.run(slow_source() if asynchronous else source()))
    assert_one_outcome_each(pipeline, 20)
    assert pipeline.get_stats().items_cancelled == 0


async def interrupting(value: int) -> int:
    await asyncio.sleep(0.01)
    if value == 7:
        raise KeyboardInterrupt
    return value


def interrupted(pipeline: Pipeline, run: Callable[[Any], Any], source: Any = range(100)) -> None:
    """Run hundred items until the interrupt; then each that was fed has one outcome."""
    with pytest.raises(KeyboardInterrupt):
        run(pipeline.run(source))
    stats = pipeline.get_stats()
    assert stats.items_in_flight == 0
    assert stats.items_cancelled > 0
    ended = outcomes(history(pipeline), pipeline)
    assert len(ended) == stats.items_fed
    assert {key: one for key, one in ended.items() if len(one) != 1} == {}


@pytest.mark.parametrize("retry", ["per_task", "per_stage"])
def test_a_keyboard_interrupt_of_a_task_stops_the_run(retry: Any) -> None:
    stages = [
        Stage("First", 3, [same, interrupting], retry, retry_on=(BaseException,), queue_capacity=9),
        Stage("Last", 1, [same]),
    ]
    pipeline = Pipeline(stages, status_tracker=StatusTracker())
    interrupted(pipeline, virtually)
    assert len(virtually(pipeline.run(range(5)))) == 5


async def stalled_source() -> AsyncIterator[int]:
    for number in range(10):
        yield number
    await asyncio.get_running_loop().create_future()


@pytest.mark.parametrize(
    "source", [itertools.count(), stalled_source()], ids=["endless", "stalled"]
)
def test_a_keyboard_interrupt_stops_a_run_whose_source_has_no_end(source: Any) -> None:
    stages = [Stage("First", 3, [interrupting], queue_capacity=9), Stage("Last", 1, [Gate()])]
    pipeline = Pipeline(stages, status_tracker=StatusTracker())
    interrupted(pipeline, virtually, source)
    assert pipeline.get_stats().items_fed < 100


def test_a_keyboard_interrupt_of_a_plain_function_stops_the_run() -> None:
    def interrupt(value: int) -> int:
        if value == 7:
            raise KeyboardInterrupt
        return value

    stage = Stage("First", 2, [interrupt], queue_capacity=9)
    interrupted(Pipeline([stage, Stage("Last", 1, [same])], True, StatusTracker()), asyncio.run)


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("callback", CALLBACKS)
def test_a_keyboard_interrupt_of_a_callback_stops_the_run(
    callback: str, asynchronous: bool
) -> None:
    ctrl_c = raising(KeyboardInterrupt, asynchronous, once=True)
    stage = mixed_stage(**{callback: ctrl_c}, queue_capacity=9)
    pipeline = Pipeline([stage, Stage("Last", 1, [same])], status_tracker=StatusTracker())
    interrupted(pipeline, virtually)


@pytest.mark.parametrize("hearer", ["on_status_change", "on_task_start"])
def test_a_keyboard_interrupt_of_a_subscriber_stops_the_run(hearer: str) -> None:
    tracker = hearing(raising(KeyboardInterrupt, False, once=True), hearer)
    stages = [mixed_stage(queue_capacity=9), Stage("Last", 1, [same])]
    interrupted(Pipeline(stages, status_tracker=tracker), virtually)


def test_sys_exit_in_a_task_does_not_end_the_program() -> None:
    async def exiting(value: int) -> int:
        if value == 7:
            sys.exit("the end")
        return value

    pipeline = Pipeline([Stage("Only", 2, [exiting], task_attempts=1)])
    run: Coroutine[Any, Any, Any] = pipeline.run(range(20), include_failures=True)
    results = virtually(run)
    assert [str(result.error) for result in results if result.error] == ["the end"]
