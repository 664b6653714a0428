"""Plain functions as tasks: they run on daemon threads of the pipeline's own."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from contextvars import ContextVar
from typing import Any

import pytest

from antflow import Pipeline, PipelineResult, Stage, StatusTracker, set_task_status
from antflow.testing import settle, until

user: ContextVar[str] = ContextVar("user", default="nobody")


def pipeline_of(*tasks: Any, **fields: Any) -> Pipeline:
    options = {"workers": 1, "task_attempts": 1, **fields}
    return Pipeline([Stage("Work", tasks=list(tasks), **options)])


async def run(items: Any, *tasks: Any, **fields: Any) -> list[PipelineResult]:
    return await pipeline_of(*tasks, **fields).run(items, include_failures=True)


def threads_named(stage: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith(f"{stage}-W")]


# -- plain functions ---------------------------------------------------------------------------


async def test_a_plain_function_is_a_task_like_any_other() -> None:
    results = await run([1, 2], lambda value: value + 1, lambda value: value * 10)
    assert [result.value for result in results] == [20, 30]


async def test_it_runs_on_a_daemon_thread_named_after_its_worker() -> None:
    def where(value: Any) -> tuple[str, bool, bool]:
        thread = threading.current_thread()
        return thread.name, thread.daemon, thread is threading.main_thread()

    (result,) = await run([1], where)
    assert result.value == ("Work-W0", True, False)


async def test_a_worker_keeps_its_thread() -> None:
    results = await run(range(10), lambda value: threading.get_ident())
    assert len({result.value for result in results}) == 1


async def test_as_many_run_at_once_as_there_are_workers(blocker: Any) -> None:
    """Also more than the default executor of a loop has threads."""
    task = asyncio.create_task(run(range(50), blocker, workers=40))
    await until(lambda: len(blocker.entered) == 40)
    blocker.released.set()
    assert len(await task) == 50


async def test_the_loop_goes_on_while_one_blocks(blocker: Any) -> None:
    task = asyncio.create_task(run([1], blocker))
    await until(lambda: blocker.entered == [1])
    assert not task.done()
    blocker.released.set()
    assert [result.value for result in await task] == [1]


async def test_plain_and_async_tasks_follow_each_other_in_one_stage() -> None:
    idents: list[int] = []

    def on_thread(value: int) -> int:
        idents.append(threading.get_ident())
        return value + 1

    async def on_loop(value: int) -> int:
        idents.append(threading.get_ident())
        return value * 10

    (result,) = await run([1], on_thread, on_loop, on_thread)
    assert result.value == 21
    assert idents[0] == idents[2] != idents[1] == threading.get_ident()


async def test_a_plain_function_that_returns_an_awaitable_is_awaited() -> None:
    async def later(value: int) -> int:
        return value + 1

    (result,) = await run([1], lambda value: later(value))
    assert result.value == 2


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), MemoryError(), StopIteration()])
async def test_an_exception_on_the_thread_fails_its_item_and_no_other(error: BaseException) -> None:
    def work(value: int) -> int:
        if value == 1:
            raise error
        return value

    bad, good = await run([1, 2], work)
    assert good.value == 2
    assert bad.error is error or isinstance(bad.error, RuntimeError)


async def test_a_plain_function_is_tried_again() -> None:
    calls: list[int] = []

    def flaky(value: int) -> int:
        calls.append(value)
        if len(calls) < 3:
            raise ValueError("not yet")
        return value

    (result,) = await run([7], flaky, task_attempts=3, task_wait_seconds=0)
    assert (result.value, calls) == (7, [7, 7, 7])


async def test_the_threads_end_with_the_run() -> None:
    await run(range(4), lambda value: value, workers=4)
    await until(lambda: not threads_named("Work"))
    assert threads_named("Work") == []


# -- context -----------------------------------------------------------------------------------


async def test_context_variables_of_the_caller_are_seen_on_the_thread() -> None:
    user.set("me")
    (result,) = await run([1], lambda value: user.get())
    assert result.value == "me"


async def test_context_variables_of_the_caller_are_seen_on_the_loop() -> None:
    async def who(value: int) -> str:
        return user.get()

    user.set("me")
    (result,) = await run([1], who)
    assert result.value == "me"


async def test_what_an_async_task_sets_is_seen_by_the_next_task_on_the_thread() -> None:
    async def sign_in(value: str) -> str:
        user.set(value)
        return value

    results = await run(["ann", "bob"], sign_in, lambda value: user.get())
    assert [result.value for result in results] == ["ann", "bob"]


async def test_what_a_function_on_the_thread_sets_stays_there() -> None:
    def sign_in(value: str) -> str:
        user.set(value)
        return value

    (result,) = await run(["ann"], sign_in, lambda value: user.get())
    assert result.value == "nobody"


async def test_a_status_can_be_set_from_the_thread() -> None:
    shown: list[str | None] = []

    def work(value: int) -> bool:
        answer = set_task_status("crunching")
        shown.append(pipeline.get_worker_states()["Work-W0"].current_task)
        return answer

    pipeline = pipeline_of(work)
    (result,) = await pipeline.run([1])
    assert (result.value, shown) == (True, ["crunching"])


# -- timeouts, cancellation --------------------------------------------------------------------


async def test_past_its_timeout_the_item_fails_and_the_thread_goes_on(blocker: Any) -> None:
    """Its result is thrown away."""
    pipeline = pipeline_of(blocker, timeout=0.02)
    task = asyncio.create_task(pipeline.run([1], include_failures=True))
    await until(lambda: pipeline.get_stats().items_failed == 1)
    assert blocker.left == []
    blocker.released.set()
    (result,) = await task
    assert isinstance(result.error, TimeoutError)
    await until(lambda: blocker.left == [1])
    assert pipeline.get_stats().items_processed == 0


async def test_the_worker_stays_busy_till_its_thread_is_free(blocker: Any) -> None:
    async def main() -> list[PipelineResult]:
        return await pipeline.run([1, 2], include_failures=True)

    pipeline = pipeline_of(blocker, timeout=0.02)
    task = asyncio.create_task(main())
    await until(lambda: pipeline.get_stats().items_failed == 1)
    await settle()
    state = pipeline.get_worker_states()["Work-W0"]
    queued = pipeline.get_stats().queue_sizes["Work"]
    blocker.released.set()
    results = await task
    assert (state.status, state.waiting_for, state.current_task) == ("busy", "thread", None)
    assert queued == 1
    assert [result.id for result in results] == [0, 1]
    assert blocker.entered == [1, 2]


async def test_cancelling_a_run_does_not_wait_for_its_threads(blocker: Any) -> None:
    pipeline = pipeline_of(blocker)
    task = asyncio.create_task(pipeline.run([1]))
    await until(lambda: blocker.entered == [1])
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert blocker.left == []
    assert pipeline.get_stats().items_cancelled == 1


async def test_a_revoked_item_leaves_its_thread_running(blocker: Any) -> None:
    tracker = StatusTracker()
    stage = Stage("Work", 1, [blocker])
    pipeline = Pipeline([stage], status_tracker=tracker)
    task = asyncio.create_task(pipeline.run([1, 2]))
    await until(lambda: blocker.entered == [1])
    assert pipeline.revoke(0)
    await until(lambda: pipeline.get_stats().items_cancelled == 1)
    waiting_for = pipeline.get_worker_states()["Work-W0"].waiting_for
    blocker.released.set()
    assert [result.id for result in await task] == [1]
    assert waiting_for == "thread"
    assert [event.status for event in tracker.get_history(0)][-1] == "cancelled"


def test_a_blocked_thread_does_not_hold_up_the_end_of_the_process() -> None:
    program = """
import asyncio, threading
from antflow import Pipeline, Stage

def block(value):
    threading.Event().wait()

pipeline = Pipeline([Stage("Work", 1, [block], task_attempts=1, timeout=0.05)])

async def main():
    run = asyncio.create_task(pipeline.run([1]))
    while not pipeline.get_stats().items_failed:
        await asyncio.sleep(0.01)
    run.cancel()
    await asyncio.wait([run])
    print("ended", pipeline.get_stats().items_failed)

asyncio.run(main())
"""
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (ended.stdout, ended.stderr, ended.returncode) == ("ended 1\n", "", 0)
