"""A worker thread: one call at a time, abandoned where nobody waits, and never in the way."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import subprocess
import sys
import textwrap
import threading
import weakref
from collections.abc import AsyncIterator

import pytest

from antflow.threads import WorkerThread

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")
GUARD = 10.0


class Gate:
    """A call that holds its thread until the test opens it."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.opened = threading.Event()
        self.ended = threading.Event()

    def __call__(self, value: object = None) -> object:
        self.begun.set()
        assert self.opened.wait(GUARD)
        self.ended.set()
        return value

    async def until_begun(self) -> None:
        assert await asyncio.to_thread(self.begun.wait, GUARD)


def threads_named(name: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == name]


def join(name: str) -> None:
    for thread in threads_named(name):
        thread.join(GUARD)
        assert not thread.is_alive()


@pytest.fixture
async def thread(request: pytest.FixtureRequest) -> AsyncIterator[WorkerThread]:
    thread = WorkerThread(request.node.name)
    yield thread
    thread.close()
    await asyncio.to_thread(join, thread.name)


async def abandon(task: asyncio.Task[object]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_call_runs_on_a_daemon_thread_with_the_given_name(thread: WorkerThread) -> None:
    ran_on = await thread.run(threading.current_thread)
    assert ran_on is not threading.current_thread()
    assert ran_on.name == thread.name
    assert ran_on.daemon


async def test_the_thread_starts_with_the_first_call_and_serves_all(thread: WorkerThread) -> None:
    assert not threads_named(thread.name)
    first = await thread.run(threading.get_ident)
    assert await thread.run(threading.get_ident) == first
    assert await thread.run_coroutine(ident) == first


async def ident() -> int:
    return threading.get_ident()


async def test_arguments_go_in_and_the_value_comes_back(thread: WorkerThread) -> None:
    assert await thread.run(divmod, 7, 2) == (3, 1)
    values: list[object] = [None]
    assert await thread.run(values.pop) is None


async def test_a_call_sees_a_copy_of_the_callers_context(thread: WorkerThread) -> None:
    def change() -> str:
        before = variable.get()
        variable.set("changed on the thread")
        return before

    variable.set("the caller's")
    assert await thread.run(change) == "the caller's"
    assert variable.get() == "the caller's"


@pytest.mark.parametrize("kind", [ValueError, SystemExit, KeyboardInterrupt, MemoryError])
async def test_any_exception_reaches_the_caller_with_its_traceback(
    thread: WorkerThread, kind: type[BaseException]
) -> None:
    def fail() -> None:
        raise kind("no")

    with pytest.raises(kind) as caught:
        await thread.run(fail)
    assert caught.traceback[-1].name == "fail"
    assert await thread.run(lambda: "goes on") == "goes on"


async def test_cancelled_error_of_the_function_itself_reaches_the_caller(
    thread: WorkerThread,
) -> None:
    def fail() -> None:
        raise asyncio.CancelledError("own")

    with pytest.raises(asyncio.CancelledError, match="own"):
        await thread.run(fail)
    task = asyncio.current_task()
    assert task is not None
    assert not task.cancelling()


async def test_stop_iteration_becomes_a_runtime_error(thread: WorkerThread) -> None:
    with pytest.raises(RuntimeError, match="StopIteration") as caught:
        await thread.run(next, iter(()))
    assert isinstance(caught.value.__cause__, StopIteration)


async def test_an_exception_keeps_nothing_of_the_call_alive_in_a_cycle(
    thread: WorkerThread,
) -> None:
    class Argument:
        pass

    def fail(_: Argument) -> None:
        raise ValueError

    argument = Argument()
    alive = weakref.ref(argument)
    gc.disable()
    try:
        with pytest.raises(ValueError) as caught:
            await thread.run(fail, argument)
        del argument, caught
        await thread.run(lambda: None)  # the thread has let go of the call before
        assert alive() is None
    finally:
        gc.enable()


async def test_a_cancelled_caller_leaves_at_once_and_the_thread_goes_on(
    thread: WorkerThread,
) -> None:
    gate = Gate()
    task = asyncio.create_task(thread.run(gate))
    await gate.until_begun()
    await abandon(task)
    assert thread.busy
    gate.opened.set()
    await thread.until_free()
    assert not thread.busy
    assert gate.ended.is_set()


async def test_run_on_a_busy_thread_waits_until_it_is_free(thread: WorkerThread) -> None:
    gate = Gate()
    abandoned = asyncio.create_task(thread.run(gate, "thrown away"))
    await gate.until_begun()
    await abandon(abandoned)
    following = [asyncio.create_task(thread.run(str.upper, text)) for text in "abc"]
    await asyncio.wait(following, timeout=0)
    assert not any(task.done() for task in following)
    gate.opened.set()
    assert await asyncio.gather(*following) == ["A", "B", "C"]


async def test_a_caller_cancelled_while_it_waits_for_its_turn_makes_no_call(
    thread: WorkerThread,
) -> None:
    gate = Gate()
    calls: list[object] = []
    first = asyncio.create_task(thread.run(gate, "first"))
    await gate.until_begun()
    waiting = asyncio.create_task(thread.run(calls.append, "never"))
    await asyncio.sleep(0)
    await abandon(waiting)
    gate.opened.set()
    assert await first == "first"
    await thread.run(calls.append, "after")
    assert calls == ["after"]


async def test_an_exception_that_nobody_waits_for_makes_no_noise(
    thread: WorkerThread, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate()

    def fail() -> None:
        gate()
        raise ValueError("nobody hears it")

    task = asyncio.create_task(thread.run(fail))
    await gate.until_begun()
    await abandon(task)
    gate.opened.set()
    await thread.until_free()
    await asyncio.sleep(0)
    gc.collect()
    assert not caplog.records


async def test_until_free_returns_at_once_on_a_free_thread(thread: WorkerThread) -> None:
    await asyncio.wait_for(thread.until_free(), GUARD)
    assert not thread.busy


async def test_a_closed_thread_ends_and_takes_no_more_calls() -> None:
    thread = WorkerThread("closed thread")
    await thread.run_coroutine(ident)
    thread.close()
    thread.close()
    await asyncio.to_thread(join, "closed thread")
    with pytest.raises(RuntimeError, match="'closed thread' is closed"):
        await thread.run(threading.get_ident)


async def test_close_lets_the_running_call_end() -> None:
    thread, gate = WorkerThread("closing thread"), Gate()
    task = asyncio.create_task(thread.run(gate, "value"))
    await gate.until_begun()
    thread.close()
    gate.opened.set()
    assert await task == "value"
    await asyncio.to_thread(join, "closing thread")


async def test_closing_one_that_never_ran_starts_no_thread() -> None:
    thread = WorkerThread("never started")
    thread.close()
    assert not threads_named("never started")


async def test_one_that_is_dropped_unclosed_ends_its_thread() -> None:
    thread = WorkerThread("dropped thread")
    await thread.run(threading.get_ident)
    del thread
    await asyncio.to_thread(join, "dropped thread")
    assert not threads_named("dropped thread")


def test_a_result_for_a_closed_loop_is_lost_in_silence_and_the_thread_serves_the_next() -> None:
    thread, gate = WorkerThread("of two loops"), Gate()

    async def leave() -> None:
        task = asyncio.create_task(thread.run(gate))
        await gate.until_begun()
        await abandon(task)

    async def come_back() -> str:
        free = asyncio.create_task(thread.until_free())
        result = asyncio.create_task(thread.run(str.upper, "second"))
        await asyncio.sleep(0)
        gate.opened.set()
        await free
        return await result

    asyncio.run(leave())
    assert thread.busy
    assert asyncio.run(come_back()) == "SECOND"
    thread.close()
    join("of two loops")


def test_a_loop_that_was_closed_under_its_caller_gets_no_result() -> None:
    thread, gate = WorkerThread("loop closed"), Gate()
    loop = asyncio.new_event_loop()
    task = loop.create_task(thread.run(gate))
    loop.run_until_complete(gate.until_begun())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    gate.opened.set()
    asyncio.run(thread.until_free())
    assert not thread.busy
    assert not task.done()
    setattr(task, "_log_destroy_pending", False)  # noqa: B010 — it was left pending on purpose
    thread.close()
    join("loop closed")


def test_a_thread_in_the_middle_of_a_call_does_not_keep_the_process_from_ending() -> None:
    script = """
        import asyncio, threading
        from antflow.threads import WorkerThread

        async def compute():
            begun.set()
            threading.Event().wait()

        async def wait():
            begun.set()
            await asyncio.get_running_loop().create_future()

        async def main():
            global begun
            threads = [WorkerThread("one"), WorkerThread("two"), WorkerThread("idle")]
            await threads[2].run_coroutine(asyncio.sleep, 0)
            for thread, fn in zip(threads, (compute, wait)):
                begun = threading.Event()
                task = asyncio.create_task(thread.run_coroutine(fn))
                await asyncio.to_thread(begun.wait)
                task.cancel()
            print("over")

        asyncio.run(main())
    """
    process = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (process.returncode, process.stdout, process.stderr) == (0, "over\n", "")
