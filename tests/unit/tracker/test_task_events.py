"""Task events: start for each attempt, then complete, retry or fail."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

import pytest

from antflow import Pipeline, Stage, StatusTracker, TaskEvent
from antflow.testing import Flaky, Gate, run_virtual, settle

POLICIES = pytest.mark.parametrize("policy", ["per_task", "per_stage"])


async def first(value: Any) -> Any:
    await asyncio.sleep(2)
    return value


class Heard:
    """A tracker that keeps all task events in one list."""

    def __init__(self) -> None:
        self.events: list[TaskEvent] = []
        hear = self.events.append
        self.tracker = StatusTracker(
            on_task_start=hear, on_task_complete=hear, on_task_retry=hear, on_task_fail=hear
        )

    def run(self, *stages: Stage, items: Any = ("x",)) -> Heard:
        run_virtual(Pipeline(stages, status_tracker=self.tracker).run(items))
        return self

    @property
    def story(self) -> list[tuple[str, str, int]]:
        return [(event.task_name, event.event_type, event.attempt) for event in self.events]


def stage(*tasks: Any, policy: Any = "per_task", **fields: Any) -> Stage:
    options = {"task_wait_seconds": 10, "stage_wait_seconds": 10, **fields}
    return Stage("A", 1, list(tasks), policy, **options)


@POLICIES
def test_each_task_starts_and_completes(policy: Any) -> None:
    heard = Heard().run(stage(first, Flaky(0), policy=policy))
    assert heard.story == [
        ("first", "start", 1),
        ("first", "complete", 1),
        ("Flaky", "start", 1),
        ("Flaky", "complete", 1),
    ]


def test_per_task_repeats_the_task_that_failed() -> None:
    """`retry` has the number of the attempt that failed; the next task starts at 1 again."""
    heard = Heard().run(stage(first, Flaky(2), first))
    assert heard.story == [
        ("first", "start", 1),
        ("first", "complete", 1),
        ("Flaky", "start", 1),
        ("Flaky", "retry", 1),
        ("Flaky", "start", 2),
        ("Flaky", "retry", 2),
        ("Flaky", "start", 3),
        ("Flaky", "complete", 3),
        ("first", "start", 1),
        ("first", "complete", 1),
    ]


def test_per_stage_repeats_all_tasks_of_the_stage() -> None:
    heard = Heard().run(stage(first, Flaky(1), policy="per_stage"))
    assert heard.story == [
        ("first", "start", 1),
        ("first", "complete", 1),
        ("Flaky", "start", 1),
        ("Flaky", "retry", 1),
        ("first", "start", 2),
        ("first", "complete", 2),
        ("Flaky", "start", 2),
        ("Flaky", "complete", 2),
    ]


@POLICIES
def test_the_last_attempt_fails(policy: Any) -> None:
    heard = Heard().run(stage(Flaky(9), policy=policy, task_attempts=2, stage_attempts=2))
    assert heard.story == [
        ("Flaky", "start", 1),
        ("Flaky", "retry", 1),
        ("Flaky", "start", 2),
        ("Flaky", "fail", 2),
    ]


def test_the_item_after_a_failed_one_starts_at_attempt_1() -> None:
    heard = Heard().run(stage(Flaky(1), task_attempts=2), items="ab")
    assert {event.attempt for event in heard.events if event.event_type == "start"} == {1, 2}
    first_starts = [e.item_id for e in heard.events if (e.event_type, e.attempt) == ("start", 1)]
    assert first_starts == [0, 1]


def test_an_event_says_of_which_item_where_and_by_whom() -> None:
    heard = Heard().run(Stage("My Stage", 1, [first]), items=[{"id": "i", "value": 1}])
    assert {(e.item_id, e.stage, e.worker) for e in heard.events} == {
        ("i", "My Stage", "My Stage-W0")
    }


@POLICIES
def test_retry_and_fail_carry_the_tasks_own_exception(policy: Any) -> None:
    made: list[ValueError] = []

    def error() -> ValueError:
        made.append(ValueError(f"number {len(made)}"))
        return made[-1]

    heard = Heard().run(stage(Flaky(9, error), policy=policy, task_attempts=2, stage_attempts=2))
    assert [event.error for event in heard.events] == [None, made[0], None, made[1]]


def test_durations_are_the_seconds_of_the_attempt() -> None:
    """None for a start; without the wait between two attempts; each task's own."""
    flaky = Flaky(failures=1)

    async def slow(value: Any) -> Any:
        await asyncio.sleep(5)
        return await flaky(value)

    heard = Heard().run(stage(first, slow))
    assert [(event.event_type, event.duration) for event in heard.events] == [
        ("start", None),
        ("complete", pytest.approx(2)),
        ("start", None),
        ("retry", pytest.approx(5)),
        ("start", None),
        ("complete", pytest.approx(5)),
    ]


def test_timestamps_are_unix_seconds_in_order() -> None:
    heard = Heard().run(stage(first, Flaky(1)))
    begin = heard.events[0].timestamp
    assert [round(event.timestamp - begin, 3) for event in heard.events] == [0, 2, 2, 2, 12, 12]


def test_a_duration_leaves_the_wait_for_a_rate_out() -> None:
    heard = Heard().run(stage(first, rate="1/m"), items="ab")
    durations = [event.duration for event in heard.events if event.event_type == "complete"]
    assert durations == [pytest.approx(2)] * 2


@pytest.mark.parametrize(
    ("task", "name"), [(functools.partial(first), "first"), (Flaky(0), "Flaky")]
)
def test_the_name_is_that_of_the_function_or_the_class(task: Any, name: str) -> None:
    heard = Heard().run(stage(task))
    assert {event.task_name for event in heard.events} == {name}


async def test_plain_functions_have_task_events_too() -> None:
    heard = Heard()
    pipeline = Pipeline([stage(str.upper)], status_tracker=heard.tracker)
    await pipeline.run(["x"])
    assert heard.story == [("upper", "start", 1), ("upper", "complete", 1)]


async def test_a_skipped_item_has_no_task_events() -> None:
    heard = Heard()
    await Pipeline([stage(first, skip_if=bool)], status_tracker=heard.tracker).run([1])
    assert heard.events == []


# -- the callbacks -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["start", "complete", "retry", "fail"])
def test_each_callback_gets_its_own_kind(kind: str) -> None:
    events: list[TaskEvent] = []
    tracker = StatusTracker(**{f"on_task_{kind}": events.append})  # type: ignore[arg-type]
    run_virtual(
        Pipeline([stage(first, Flaky(2), task_attempts=2)], status_tracker=tracker).run("xy")
    )
    assert {event.event_type for event in events} == {kind}
    assert len(events) == {"start": 6, "complete": 2, "retry": 2, "fail": 2}[kind]


def test_a_callback_may_be_async() -> None:
    events: list[TaskEvent] = []

    async def hear(event: TaskEvent) -> None:
        await asyncio.sleep(3)
        events.append(event)

    tracker = StatusTracker(on_task_start=hear, on_task_complete=hear)
    run_virtual(Pipeline([stage(first)], status_tracker=tracker).run("xyz"))
    assert [event.item_id for event in events] == [0, 0, 1, 1, 2, 2]


def test_callbacks_may_be_set_later() -> None:
    events: list[TaskEvent] = []
    tracker = StatusTracker()
    pipeline = Pipeline([stage(first)], status_tracker=tracker)
    run_virtual(pipeline.run("x"))
    assert tracker.on_task_complete is None
    tracker.on_task_complete = events.append
    run_virtual(pipeline.run("x"))
    tracker.on_task_complete = None
    run_virtual(pipeline.run("x"))
    assert [event.event_type for event in events] == ["complete"]


async def test_callbacks_may_be_set_while_it_runs() -> None:
    gate, events = Gate(), list[TaskEvent]()
    tracker = StatusTracker()
    pipeline = Pipeline([stage(gate)], status_tracker=tracker)
    run = asyncio.create_task(pipeline.run(["x", "y"]))
    await settle()
    tracker.on_task_start = events.append
    gate.open()
    await run
    assert [event.item_id for event in events] == [1]


def test_a_callback_set_in_mid_attempt_gets_a_duration_of_that_attempt() -> None:
    events: list[Any] = []

    async def fail(value: int) -> None:
        await asyncio.sleep(7)
        raise ValueError("no")

    async def main() -> None:
        await asyncio.sleep(100)
        tracker = StatusTracker()
        pipeline = Pipeline([stage(fail, task_attempts=2)], status_tracker=tracker)
        run = asyncio.create_task(pipeline.run([1]))
        await asyncio.sleep(1)
        tracker.on_task_retry = tracker.on_task_fail = events.append
        await run

    run_virtual(main())
    assert [(event.event_type, event.duration) for event in events] == [
        ("retry", pytest.approx(7)),
        ("fail", pytest.approx(7)),
    ]


async def test_a_callback_that_raises_is_logged_once_and_changes_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(event: TaskEvent) -> None:
        raise RuntimeError("in the callback")

    tracker = StatusTracker(on_task_start=broken, on_task_complete=broken)
    results = await Pipeline([Stage("A", 2, [str.upper])], status_tracker=tracker).run("abc")
    assert [result.value for result in results] == ["A", "B", "C"]
    logged = [record for record in caplog.records if "RuntimeError" in record.getMessage()]
    assert len(logged) == 1
    (stats,) = tracker.get_delivery_stats()
    assert (stats.delivered, stats.errors) == (6, 6)
