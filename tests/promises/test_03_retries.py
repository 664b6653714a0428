"""Promise 3: a retry never waits on its own full queue, and meanwhile the worker does other work.

Waits may be a number or any callable of tenacity's wait shape. At most queue_capacity items of a
stage wait in this way; beyond that the worker waits too.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import tenacity
from evidence import assert_one_outcome_each, now, same, virtually, watched

from antflow import Pipeline, Stage, StatusTracker
from antflow.testing import Flaky, settle


class Timed:
    """A task that takes `seconds`, and fails `failures` times for each value or for one only."""

    def __init__(self, failures: int, seconds: float = 0.0, only: Any = ...) -> None:
        self.starts: dict[Any, list[float]] = defaultdict(list)
        self._failures = failures
        self._seconds = seconds
        self._only = only

    async def __call__(self, value: Any) -> Any:
        self.starts[value].append(now())
        await asyncio.sleep(self._seconds)
        if self._only in (..., value) and len(self.starts[value]) <= self._failures:
            raise ValueError(value)
        return value


def waits(retry: str, wait: Any, attempts: int = 4, **fields: Any) -> dict[str, Any]:
    """The fields of a stage that waits so between attempts."""
    kind = "task" if retry == "per_task" else "stage"
    return {"retry": retry, f"{kind}_attempts": attempts, f"{kind}_wait_seconds": wait} | fields


RETRY_MODES = ["per_task", "per_stage"]
by_mode = pytest.mark.parametrize("retry", RETRY_MODES)


@by_mode
@pytest.mark.parametrize("wait", [0, 0.1, 30.0])
@pytest.mark.parametrize(("workers", "capacity"), [(1, 1), (2, 1), (3, 2)])
def test_a_retry_never_waits_on_its_own_full_queue(
    retry: str, wait: float, workers: int, capacity: int
) -> None:
    """Every item fails twice while the queue is kept full by the source."""
    task = Timed(2, seconds=0.01)
    stage = Stage("Work", workers, [task], queue_capacity=capacity, **waits(retry, wait))
    pipeline = Pipeline([stage, Stage("Last", 1, [same])], status_tracker=StatusTracker())
    results = virtually(pipeline.run(range(25)))
    assert [result.value for result in results] == list(range(25))
    assert {len(starts) for starts in task.starts.values()} == {3}
    assert_one_outcome_each(pipeline, 25)


@by_mode
def test_a_retry_passes_while_every_queue_of_the_pipeline_is_full(retry: str) -> None:
    last = Timed(2, seconds=1)
    stages = [
        Stage("First", 2, [Timed(2)], queue_capacity=1, **waits(retry, 0.5)),
        Stage("Last", 1, [last], queue_capacity=1, **waits(retry, 0.5)),
    ]
    assert len(virtually(Pipeline(stages).run(range(12)))) == 12


@by_mode
def test_the_worker_does_other_work_while_an_item_waits(retry: str) -> None:
    task = Timed(1, seconds=1, only=0)
    pipeline = Pipeline([Stage("Work", 1, [task], **waits(retry, 10))])
    seen: list[tuple[str, Any, int]] = []

    async def main() -> None:
        run = asyncio.create_task(pipeline.run(range(6)))
        await asyncio.sleep(3.5)
        (state,) = pipeline.get_worker_states().values()
        waiting = pipeline.get_stats().stage_stats["Work"].waiting_items
        seen.append((state.status, state.current_item_id, waiting))
        await run

    virtually(main())
    assert task.starts == {0: [0, 11], 1: [1], 2: [2], 3: [3], 4: [4], 5: [5]}
    assert seen == [("busy", 3, 1)]


@by_mode
def test_an_idle_worker_is_idle_while_an_item_waits(retry: str) -> None:
    pipeline = Pipeline([Stage("Work", 1, [Timed(1)], **waits(retry, 10))])

    async def main() -> None:
        run = asyncio.create_task(pipeline.run([0]))
        await settle()
        (state,) = pipeline.get_worker_states().values()
        assert (state.status, state.current_item_id) == ("idle", None)
        stats = pipeline.get_stats().stage_stats["Work"]
        assert (stats.pending_items, stats.in_progress_items, stats.waiting_items) == (0, 0, 1)
        await run

    virtually(main())


@by_mode
def test_another_worker_makes_the_next_attempt_where_the_first_is_busy(retry: str) -> None:
    tracker = StatusTracker()
    tries = Flaky(1)

    async def task(value: int) -> int:
        await asyncio.sleep([1, 1.5, 10][value])
        return int(await tries(value)) if value == 0 else value

    pipeline = Pipeline([Stage("Work", 2, [task], **waits(retry, 1))], status_tracker=tracker)
    virtually(pipeline.run(range(3)))
    told = [(event.status, event.worker) for event in tracker.get_history(0)]
    assert told == [
        ("queued", None),
        ("in_progress", "Work-W0"),
        ("retrying", "Work-W0"),
        ("in_progress", "Work-W1"),
        ("completed", "Work-W1"),
    ]


def test_per_task_tries_the_failed_task_again_and_per_stage_all() -> None:
    calls: list[str] = []

    def named(name: str, task: Any) -> Callable[[Any], Any]:
        async def call(value: Any) -> Any:
            calls.append(name)
            return await task(value)

        return call

    for retry in RETRY_MODES:
        tasks = [named("first", same), named("second", Flaky(1)), named("third", Flaky(1))]
        virtually(Pipeline([Stage("Work", 1, tasks, **waits(retry, 1))]).run([0]))
    assert calls[:5] == ["first", "second", "second", "third", "third"]
    assert calls[5:] == ["first", "second", "first", "second", "third", "first", "second", "third"]


@by_mode
def test_attempts_of_each_item_are_its_own(retry: str) -> None:
    """Interleaved items that wait do not use up one another's attempts."""
    flaky = Flaky(3)
    pipeline = Pipeline([Stage("Work", 1, [flaky], **waits(retry, 1, attempts=4))])
    assert len(virtually(pipeline.run(range(9)))) == 9
    assert set(flaky.calls.values()) == {4}


# -- waits -------------------------------------------------------------------------------------


def gaps(starts: list[float]) -> list[float]:
    return [round(later - earlier, 6) for earlier, later in pairwise(starts)]


def waited(retry: str, wait: Any, attempts: int = 5) -> list[float]:
    """The waits between the attempts of one item that always fails."""
    task = Timed(attempts)
    pipeline = Pipeline([Stage("Work", 1, [task], **waits(retry, wait, attempts))])
    virtually(pipeline.run(["item"], include_failures=True))
    return gaps(task.starts["item"])


def test_the_default_waits_are_one_second_and_none() -> None:
    for retry, expected in (("per_task", [1.0, 1.0]), ("per_stage", [0.0, 0.0])):
        task = Timed(3)
        virtually(Pipeline([Stage("Work", 1, [task], retry)]).run([0]))  # type: ignore[arg-type]
        assert gaps(task.starts[0]) == expected


@by_mode
@pytest.mark.parametrize("seconds", [0, 0.25, 7, 3600.0])
def test_a_wait_may_be_a_number_of_seconds(retry: str, seconds: float) -> None:
    assert waited(retry, seconds) == [seconds] * 4


@by_mode
def test_a_wait_may_be_a_callable_of_the_retry_state(retry: str) -> None:
    states: list[tuple[int, str, float]] = []

    def wait(state: Any) -> float:
        error = state.outcome.exception()
        states.append((state.attempt_number, str(error), round(state.seconds_since_start, 6)))
        return float(2**state.attempt_number)

    assert waited(retry, wait, attempts=4) == [2, 4, 8]
    assert states == [(1, "item", 0), (2, "item", 2), (3, "item", 6)]


TENACITY: dict[str, tuple[Any, list[float]]] = {
    "none": (tenacity.wait_none(), [0, 0, 0, 0]),
    "fixed": (tenacity.wait_fixed(3), [3, 3, 3, 3]),
    "incrementing": (tenacity.wait_incrementing(1, 2), [1, 3, 5, 7]),
    "exponential": (tenacity.wait_exponential(), [1, 2, 4, 8]),
    "exponential, bounded": (tenacity.wait_exponential(2, max=9, min=3), [3, 4, 8, 9]),
    "chain": (
        tenacity.wait_chain(*map(tenacity.wait_fixed, (1, 1, 5))),
        [1, 1, 5, 5],
    ),
    "combined": (tenacity.wait_combine(tenacity.wait_fixed(1), tenacity.wait_fixed(2)), [3] * 4),
    "added": (tenacity.wait_fixed(1) + tenacity.wait_exponential(), [2, 3, 5, 9]),
    "by exception": (tenacity.wait_exception(lambda error: len(str(error))), [4, 4, 4, 4]),
}


@by_mode
@pytest.mark.parametrize("name", TENACITY)
def test_a_wait_may_be_a_wait_object_of_tenacity(retry: str, name: str) -> None:
    wait, expected = TENACITY[name]
    assert waited(retry, wait) == expected


@by_mode
@pytest.mark.parametrize(
    ("wait", "low", "high"),
    [
        (tenacity.wait_random(2, 4), [2, 2, 2, 2], [4, 4, 4, 4]),
        (tenacity.wait_random_exponential(max=60), [0, 0, 0, 0], [1, 2, 4, 8]),
        (tenacity.wait_exponential_jitter(jitter=0.5), [1, 2, 4, 8], [1.5, 2.5, 4.5, 8.5]),
    ],
    ids=["random", "random_exponential", "exponential_jitter"],
)
def test_a_wait_may_be_a_random_wait_object_of_tenacity(
    retry: str, wait: Any, low: list[float], high: list[float]
) -> None:
    found = waited(retry, wait)
    assert all(least <= gap <= most for least, gap, most in zip(low, found, high, strict=True))
    assert len(set(found)) == 4


@by_mode
def test_a_wait_that_raises_fails_the_item_with_its_own_error(retry: str) -> None:
    def wait(_: Any) -> float:
        raise LookupError("no wait")

    pipeline = Pipeline([Stage("Work", 1, [Timed(9, only=1)], **waits(retry, wait))])
    results = virtually(pipeline.run(range(3), include_failures=True))
    assert [type(result.error) for result in results] == [type(None), ValueError, type(None)]


@by_mode
@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_a_wait_that_makes_no_sense_is_none(retry: str, seconds: float) -> None:
    assert waited(retry, lambda _: seconds, attempts=3) == [0, 0]


# -- how many may wait --------------------------------------------------------------------------


def waiting_without_a_worker(pipeline: Pipeline) -> int:
    held = [state.waiting_for for state in pipeline.get_worker_states().values()]
    return pipeline.get_stats().stage_stats["Work"].waiting_items - held.count("retry")


@by_mode
def test_at_most_queue_capacity_items_wait_then_the_worker_waits_too(retry: str) -> None:
    task = Timed(1)
    pipeline = Pipeline([Stage("Work", 1, [task], queue_capacity=2, **waits(retry, 10))])

    async def main() -> None:
        run = asyncio.create_task(pipeline.run(range(5)))
        await settle()
        assert sorted(task.starts) == [0, 1, 2]
        (state,) = pipeline.get_worker_states().values()
        assert (state.status, state.waiting_for) == ("busy", "retry")
        assert waiting_without_a_worker(pipeline) == 2
        await run

    virtually(main())
    assert task.starts == {0: [0, 10], 1: [0, 10], 2: [0, 10], 3: [10, 20], 4: [10, 20]}


@by_mode
@pytest.mark.parametrize(("capacity", "most"), [(1, 1), (3, 3), (None, 20), (0, 200)])
def test_never_more_than_queue_capacity_items_wait(
    retry: str, capacity: int | None, most: int
) -> None:
    """By default that is ten a worker; without a bound on the queue there is none here."""
    fields = waits(retry, 10, queue_capacity=capacity)
    pipeline = Pipeline([Stage("Work", 2, [Timed(1)], **fields)])
    waiting: list[int] = []

    async def main() -> None:
        watched().watch = lambda: waiting.append(waiting_without_a_worker(pipeline))
        await pipeline.run(range(200))

    virtually(main())
    assert max(waiting) == most
