"""`set_task_status`: what a task says it is doing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from antflow import Pipeline, Stage, StatusTracker, set_task_status
from antflow.testing import Gate, Recording, run_virtual, settle, until

Work = Callable[[Callable[[], str | None]], Coroutine[Any, Any, None]]


def shown_by(work: Work, *more: Any, **fields: Any) -> Pipeline:
    """Run `work(shown)` as a task, on the virtual clock; `shown()` is the worker's text."""

    async def task(value: int) -> int:
        await work(lambda: pipeline.get_worker_states()["Work-W0"].current_task)
        return value

    pipeline = Pipeline([Stage("Work", 1, [task, *more], **{"task_attempts": 1, **fields})])
    (result,) = run_virtual(pipeline.run([1], include_failures=True))
    if result.error is not None:
        raise result.error
    return pipeline


def test_the_text_is_shown_instead_of_the_tasks_name() -> None:
    async def work(shown: Callable[[], str | None]) -> None:
        assert shown() == "task"
        assert set_task_status("page 3 of 9") is True
        assert shown() == "page 3 of 9"

    shown_by(work)


def test_it_is_shown_until_the_items_next_task() -> None:
    texts: list[str | None] = []
    shown_in: list[Callable[[], str | None]] = []

    async def work(shown: Callable[[], str | None]) -> None:
        set_task_status("first")
        texts.append(shown())
        shown_in.append(shown)

    async def next_task(value: int) -> int:
        texts.append(shown_in[0]())
        return value

    shown_by(work, next_task)
    assert texts == ["first", "next_task"]


async def test_it_ends_with_the_item() -> None:
    seen: list[str | None] = []

    async def task(value: int) -> int:
        seen.append(pipeline.get_worker_states()["Work-W0"].current_task)
        set_task_status(f"item {value}")
        seen.append(pipeline.get_worker_states()["Work-W0"].current_task)
        return value

    pipeline = Pipeline([Stage("Work", 1, [task])])
    await pipeline.run([1, 2])
    assert seen == ["task", "item 1", "task", "item 2"]
    assert pipeline.get_worker_states()["Work-W0"].current_task is None


def test_a_text_too_soon_after_the_last_is_passed_over() -> None:
    async def work(shown: Callable[[], str | None]) -> None:
        assert set_task_status("at 0", min_interval=10.0) is True
        await asyncio.sleep(9)
        assert set_task_status("at 9", min_interval=10.0) is False
        assert shown() == "at 0"
        await asyncio.sleep(1)
        assert set_task_status("at 10", min_interval=10.0) is True
        assert shown() == "at 10"

    shown_by(work)


def test_without_an_interval_every_text_is_shown() -> None:
    async def work(shown: Callable[[], str | None]) -> None:
        for number in range(5):
            assert set_task_status(f"step {number}") is True
            assert shown() == f"step {number}"

    shown_by(work)


def test_the_interval_counts_from_the_last_text_that_was_shown() -> None:
    async def work(shown: Callable[[], str | None]) -> None:
        set_task_status("at 0", min_interval=10.0)
        await asyncio.sleep(6)
        set_task_status("at 6", min_interval=10.0)
        await asyncio.sleep(6)
        assert set_task_status("at 12", min_interval=10.0) is True

    shown_by(work)


def test_the_first_text_of_an_item_is_always_shown() -> None:
    answers: list[bool] = []

    async def task(value: int) -> None:
        answers.append(set_task_status("new", min_interval=1000.0))

    run_virtual(Pipeline([Stage("Work", 1, [task])]).run([1, 2, 3]))
    assert answers == [True, True, True]


def test_anything_is_shown_as_text() -> None:
    async def work(shown: Callable[[], str | None]) -> None:
        assert set_task_status(42)  # type: ignore[arg-type]
        assert shown() == "42"

    shown_by(work)


def test_an_asyncio_task_of_the_task_may_set_it_too() -> None:
    async def work(shown: Callable[[], str | None]) -> None:
        async def child() -> bool:
            return set_task_status("from a child")

        assert await asyncio.create_task(child()) is True
        assert shown() == "from a child"

    shown_by(work)


@pytest.mark.parametrize("interval", [0.0, 5.0])
async def test_outside_a_task_it_is_false(interval: float) -> None:
    assert set_task_status("nobody sees it", interval) is False


async def test_a_leftover_of_a_task_changes_nothing_once_the_worker_is_idle() -> None:
    go = asyncio.Event()
    answers: list[bool] = []

    async def leftover() -> None:
        await go.wait()
        answers.append(set_task_status("too late"))

    children: list[asyncio.Task[None]] = []

    async def task(value: int) -> None:
        children.append(asyncio.create_task(leftover()))

    pipeline = Pipeline([Stage("Work", 1, [task])])
    await pipeline.start()
    await pipeline.feed([1])
    await pipeline.join()
    await settle()
    go.set()
    await asyncio.wait(children)
    await pipeline.shutdown()
    assert answers == [False]


async def test_each_worker_has_its_own_text() -> None:
    gate = Gate()

    async def task(value: int) -> int:
        set_task_status(f"item {value}")
        return await gate(value)  # type: ignore[no-any-return]

    pipeline = Pipeline([Stage("Work", 3, [task])])
    run = asyncio.create_task(pipeline.run([0, 1, 2]))
    await until(lambda: len(gate.held) == 3)
    states = pipeline.get_worker_states().values()
    shown = {state.current_item_id: state.current_task for state in states}
    gate.open()
    await run
    assert shown == {0: "item 0", 1: "item 1", 2: "item 2"}


async def test_it_works_with_a_tracker_and_emits_no_event() -> None:
    recording = Recording()
    tracker = StatusTracker(on_status_change=recording)
    texts: list[Any] = []

    async def task(value: int) -> None:
        texts.append(set_task_status("hello"))

    await Pipeline([Stage("Work", 1, [task])], status_tracker=tracker).run([1])
    assert texts == [True]
    assert recording.statuses(0) == ["queued", "in_progress", "completed"]
