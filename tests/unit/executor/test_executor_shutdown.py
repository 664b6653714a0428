"""Shutting down, and what becomes of an executor that nobody shuts down."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import textwrap
import threading

import pytest
from held_tasks import Gate, Tasks, double, until

from antflow.exceptions import ExecutorShutdownError
from antflow.executor import AsyncExecutor


def threads_of(executor_threads: set[threading.Thread]) -> None:
    for thread in executor_threads:
        thread.join(10)
        assert not thread.is_alive()


async def test_shutdown_waits_for_what_runs_and_what_is_queued(tasks: Tasks) -> None:
    executor = AsyncExecutor(max_workers=1)
    futures = [executor.submit(tasks.hold, number) for number in range(3)]
    ending = asyncio.create_task(executor.shutdown())
    await until(lambda: tasks.running)
    assert not ending.done()
    with pytest.raises(ExecutorShutdownError):
        executor.submit(double, 1)
    tasks.opened.set()
    await ending
    assert tasks.ended == [0, 1, 2]
    assert all(future.done() for future in futures)


async def test_shutdown_without_wait_returns_at_once_and_lets_all_finish(tasks: Tasks) -> None:
    executor = AsyncExecutor(max_workers=1)
    futures = [executor.submit(tasks.hold, number) for number in range(3)]
    await executor.shutdown(wait=False)
    assert not any(future.done() for future in futures)
    tasks.opened.set()
    assert await asyncio.gather(*futures) == [0, 1, 2]


async def test_cancel_futures_cancels_the_queued_and_lets_the_running_finish(
    tasks: Tasks,
) -> None:
    executor = AsyncExecutor(max_workers=1)
    futures = [executor.submit(tasks.hold, number) for number in range(3)]
    await until(lambda: tasks.running)
    ending = asyncio.create_task(executor.shutdown(cancel_futures=True))
    await until(futures[2].done)
    assert [future.cancelled() for future in futures] == [False, True, True]
    tasks.opened.set()
    await ending
    assert futures[0].exception() is None
    assert tasks.started == [0]


async def test_shutdown_waits_for_the_clean_up_of_a_cancelled_task() -> None:
    executor = AsyncExecutor()
    let_go, begun, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def clean_up() -> None:
        try:
            begun.set()
            await asyncio.get_running_loop().create_future()
        finally:
            await let_go.wait()
            ended.set()

    future = executor.submit(clean_up)
    await begun.wait()
    future.cancel()
    ending = asyncio.create_task(executor.shutdown())
    asyncio.get_running_loop().call_soon(let_go.set)
    await ending
    assert ended.is_set()


async def test_shutdown_does_not_wait_for_an_abandoned_thread() -> None:
    executor, gate = AsyncExecutor(max_workers=1), Gate()
    future = executor.submit(gate)
    await gate.until_begun()
    future.cancel()
    before = asyncio.all_tasks()
    await executor.shutdown()
    assert not gate.ended.is_set()
    assert asyncio.all_tasks() <= before
    gate.opened.set()


async def test_the_threads_end_after_a_shutdown() -> None:
    executor = AsyncExecutor(max_workers=3)
    threads = set(await executor.map(lambda _: threading.current_thread(), range(30)))
    await executor.shutdown()
    await asyncio.to_thread(threads_of, threads)
    assert threads


async def test_the_threads_end_after_a_shutdown_that_does_not_wait() -> None:
    executor, gate = AsyncExecutor(max_workers=1), Gate()
    executor.submit(gate)
    last = executor.submit(threading.current_thread)
    await gate.until_begun()
    await executor.shutdown(wait=False)
    gate.opened.set()
    thread = await last
    await asyncio.to_thread(threads_of, {thread})


async def test_the_threads_of_an_executor_that_is_gone_end() -> None:
    executor = AsyncExecutor()
    thread = await executor.submit(threading.current_thread)
    await until(lambda: len(asyncio.all_tasks()) == 1)
    del executor
    gc.collect()
    await asyncio.to_thread(threads_of, {thread})


async def test_shutdown_may_be_called_again_also_where_nothing_ran() -> None:
    executor = AsyncExecutor()
    await executor.shutdown(wait=False)
    await executor.shutdown()
    await executor.shutdown(cancel_futures=True)
    with pytest.raises(ExecutorShutdownError):
        executor.submit(double, 1)


async def test_a_task_cannot_wait_for_its_own_end(executor: AsyncExecutor) -> None:
    with pytest.raises(RuntimeError, match="wait=False"):
        await executor.submit(executor.shutdown)


async def test_leaving_the_context_waits_for_the_tasks(tasks: Tasks) -> None:
    async with AsyncExecutor(max_workers=1) as executor:
        futures = [executor.submit(tasks.hold, number) for number in range(3)]
        asyncio.get_running_loop().call_soon(tasks.opened.set)
    assert [future.done() for future in futures] == [True] * 3
    assert tasks.ended == [0, 1, 2]
    with pytest.raises(ExecutorShutdownError):
        executor.submit(double, 1)


async def test_an_error_in_the_context_lets_the_tasks_finish(tasks: Tasks) -> None:
    with pytest.raises(LookupError):
        async with AsyncExecutor() as executor:
            executor.submit(tasks.hold, 0)
            asyncio.get_running_loop().call_soon(tasks.opened.set)
            raise LookupError
    assert tasks.ended == [0]


async def test_cancelling_the_context_cancels_its_tasks(tasks: Tasks) -> None:
    async def work() -> None:
        async with AsyncExecutor(max_workers=2) as executor:
            await executor.wait([executor.submit(tasks.hold, number) for number in range(9)])

    working = asyncio.create_task(work())
    await until(lambda: tasks.running == 2)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert tasks.started == tasks.cancelled == [0, 1]


# one that nobody shuts down


def outcome_of(script: str) -> tuple[int, str, str]:
    prelude = """
        import asyncio, threading, time
        from antflow.executor import AsyncExecutor
    """
    text = textwrap.dedent(prelude) + textwrap.dedent(script)
    process = subprocess.run(
        [sys.executable, "-W", "error", "-c", text],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return process.returncode, process.stdout, process.stderr


def test_idle_workers_do_not_keep_the_process_from_ending() -> None:
    script = """
        async def main():
            executor = AsyncExecutor()
            print(await executor.map(str, range(3)), await executor.submit(asyncio.sleep, 0, 4))
            return executor

        executor = asyncio.run(main())
    """
    assert outcome_of(script) == (0, "['0', '1', '2'] 4\n", "")


def test_a_loop_may_be_closed_under_an_idle_executor() -> None:
    script = """
        executor = AsyncExecutor(max_workers=2)
        loop = asyncio.new_event_loop()
        print(loop.run_until_complete(executor.map(str, range(3))))
        loop.close()
        print(asyncio.run(executor.map(str, range(3))))
    """
    assert outcome_of(script) == (0, "['0', '1', '2']\n" * 2, "")


def test_running_and_queued_tasks_do_not_keep_the_process_from_ending() -> None:
    script = """
        async def main():
            executor = AsyncExecutor(max_workers=2)
            started = asyncio.Event()

            async def wait():
                started.set()
                await asyncio.Event().wait()

            futures = [executor.submit(wait) for _ in range(9)]
            await started.wait()
            return futures

        futures = asyncio.run(main())
        print([future.cancelled() for future in futures])
    """
    assert outcome_of(script) == (0, f"{[True] * 9}\n", "")


def test_threads_at_work_do_not_keep_the_process_from_ending() -> None:
    script = """
        async def main():
            executor = AsyncExecutor(max_workers=2)
            begun = threading.Barrier(3)

            def compute():
                begun.wait()
                threading.Event().wait()

            futures = [executor.submit(compute) for _ in range(9)]
            await asyncio.to_thread(begun.wait)
            await executor.shutdown(wait=False)
            print("over")

        asyncio.run(main())
    """
    assert outcome_of(script) == (0, "over\n", "")


def test_a_task_in_its_retry_wait_does_not_keep_the_process_from_ending() -> None:
    script = """
        async def main():
            executor = AsyncExecutor(max_workers=2)
            failed = asyncio.Event()

            async def fail():
                failed.set()
                raise ValueError

            executor.submit(fail, retries=3, retry_delay=1000)
            executor.submit(fail, retries=3, retry_delay=1000)
            executor.submit(fail, retries=3, retry_delay=1000)
            await failed.wait()
            iterator = executor.map_iter(fail)
            print("over")

        asyncio.run(main())
    """
    assert outcome_of(script) == (0, "over\n", "")


def test_a_map_left_in_the_middle_does_not_keep_the_process_from_ending() -> None:
    script = """
        async def main():
            executor = AsyncExecutor(max_workers=2)
            results = executor.map_iter(asyncio.sleep, iter(lambda: 0, 1))
            await anext(results)
            print("over")
            return results

        results = asyncio.run(main())
    """
    assert outcome_of(script) == (0, "over\n", "")


def test_a_system_exit_in_a_task_ends_the_program_only_where_it_is_awaited() -> None:
    script = """
        import sys

        async def main():
            executor = AsyncExecutor()
            future = executor.submit(sys.exit, 3)
            await executor.wait([future])
            print("goes on")
            await future

        asyncio.run(main())
    """
    assert outcome_of(script) == (3, "goes on\n", "")
