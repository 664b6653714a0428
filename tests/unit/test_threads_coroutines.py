"""A worker thread's own event loop: coroutines that run there for a caller on another loop."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from antflow.threads import WorkerThread

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")
GUARD = 10.0


@pytest.fixture
async def thread(request: pytest.FixtureRequest) -> AsyncIterator[WorkerThread]:
    thread = WorkerThread(request.node.name)
    yield thread
    thread.close()


async def abandon(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def ident() -> int:
    return threading.get_ident()


async def test_a_coroutine_runs_on_a_loop_of_the_threads_own_made_once(
    thread: WorkerThread,
) -> None:
    async def where() -> tuple[int, asyncio.AbstractEventLoop]:
        await asyncio.sleep(0)
        return threading.get_ident(), asyncio.get_running_loop()

    number, loop = await thread.run_coroutine(where)
    assert number == await thread.run(threading.get_ident)
    assert loop is not asyncio.get_running_loop()
    assert (await thread.run_coroutine(where))[1] is loop


async def test_a_coroutine_sees_a_copy_of_the_callers_context(thread: WorkerThread) -> None:
    async def change(value: str) -> str:
        before = variable.get()
        variable.set(value)
        return before

    variable.set("the caller's")
    assert await thread.run_coroutine(change, "there") == "the caller's"
    assert variable.get() == "the caller's"


@pytest.mark.parametrize("kind", [ValueError, SystemExit, KeyboardInterrupt])
async def test_any_exception_of_a_coroutine_reaches_the_caller(
    thread: WorkerThread, kind: type[BaseException]
) -> None:
    async def fail() -> None:
        raise kind("no")

    with pytest.raises(kind) as caught:
        await thread.run_coroutine(fail)
    assert caught.traceback[-1].name == "fail"
    assert await thread.run_coroutine(ident) > 0


async def test_cancelling_the_caller_cancels_the_coroutine_there(thread: WorkerThread) -> None:
    begun = threading.Event()
    ends: list[str] = []

    async def wait_for_ever() -> None:
        begun.set()
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            ends.append("cancelled")
            raise

    task = asyncio.create_task(thread.run_coroutine(wait_for_ever))
    assert await asyncio.to_thread(begun.wait, GUARD)
    await abandon(task)
    await thread.until_free()
    assert ends == ["cancelled"]


async def test_cancelling_the_caller_does_not_wait_for_a_coroutine_that_computes(
    thread: WorkerThread,
) -> None:
    begun, opened = threading.Event(), threading.Event()
    ends: list[bool] = []

    async def compute() -> None:
        begun.set()
        ends.append(opened.wait(GUARD))

    task = asyncio.create_task(thread.run_coroutine(compute))
    assert await asyncio.to_thread(begun.wait, GUARD)
    await abandon(task)
    assert thread.busy
    opened.set()
    await thread.until_free()
    assert ends == [True]


async def test_a_coroutine_cancelled_before_its_turn_never_starts(thread: WorkerThread) -> None:
    begun, opened = threading.Event(), threading.Event()

    def compute() -> bool:
        begun.set()
        return opened.wait(GUARD)

    first = asyncio.create_task(thread.run(compute))
    assert await asyncio.to_thread(begun.wait, GUARD)
    waiting = asyncio.create_task(thread.run_coroutine(ident))
    await asyncio.sleep(0)
    await abandon(waiting)
    opened.set()
    assert await first
    assert await thread.run_coroutine(ident) == await thread.run(threading.get_ident)
