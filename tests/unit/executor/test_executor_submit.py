"""`submit`: where a task runs, with what, and how many at once."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import gc
import threading
from typing import Any

import pytest
from held_tasks import Tasks, double, until

from antflow.exceptions import ExecutorShutdownError
from antflow.executor import AsyncExecutor

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


@pytest.mark.parametrize("workers", [0, -1])
def test_less_than_one_worker_is_a_value_error(workers: int) -> None:
    with pytest.raises(ValueError, match="max_workers must be at least 1"):
        AsyncExecutor(max_workers=workers)


def test_five_workers_are_the_default() -> None:
    assert AsyncExecutor().max_workers == 5


def test_submit_needs_a_running_loop() -> None:
    with pytest.raises(RuntimeError, match="no running event loop"):
        AsyncExecutor().submit(double, 1)


async def test_a_coroutine_function_runs_on_the_loop(executor: AsyncExecutor) -> None:
    async def where() -> tuple[int, asyncio.AbstractEventLoop]:
        return threading.get_ident(), asyncio.get_running_loop()

    here = threading.get_ident(), asyncio.get_running_loop()
    assert await executor.submit(where) == here


async def test_a_plain_function_runs_on_a_daemon_thread(executor: AsyncExecutor) -> None:
    thread = await executor.submit(threading.current_thread)
    assert thread is not threading.current_thread()
    assert thread.daemon
    assert thread.name.startswith("antflow-executor-")


async def test_a_partial_and_a_callable_object_run_where_their_function_belongs(
    executor: AsyncExecutor,
) -> None:
    class Where:
        async def __call__(self, extra: str) -> tuple[int, str]:
            return threading.get_ident(), extra

    here = threading.get_ident()
    assert await executor.submit(functools.partial(Where(), "x")) == (here, "x")
    assert await executor.submit(functools.partial(threading.get_ident)) != here


async def test_the_coroutine_of_a_lambda_is_awaited_on_the_loop(executor: AsyncExecutor) -> None:
    assert await executor.submit(lambda: double(4)) == 8


async def test_arguments_and_keywords_reach_the_function(executor: AsyncExecutor) -> None:
    async def echo(*args: Any, **kwargs: Any) -> Any:
        return args, kwargs

    def plain(*args: Any, **kwargs: Any) -> Any:
        return args, kwargs

    expected = ((1, 2), {"fn": 3, "self": 4})
    assert await executor.submit(echo, 1, 2, fn=3, self=4) == expected
    assert await executor.submit(plain, 1, 2, fn=3, self=4) == expected


async def test_none_is_a_result(executor: AsyncExecutor) -> None:
    async def nothing() -> int | None:
        return None

    assert await executor.submit(nothing) is None


async def test_what_is_not_callable_is_a_type_error(executor: AsyncExecutor) -> None:
    with pytest.raises(TypeError, match="fn must be callable"):
        executor.submit(7)  # type: ignore[call-overload]


async def test_sequence_ids_count_the_submitted_tasks(executor: AsyncExecutor) -> None:
    futures = [executor.submit(double, value) for value in range(3)]
    assert [future.sequence_id for future in futures] == [0, 1, 2]
    assert await asyncio.gather(*futures) == [0, 2, 4]


async def test_a_task_sees_a_copy_of_the_submitters_context(executor: AsyncExecutor) -> None:
    def change() -> str:
        before = variable.get()
        variable.set("changed")
        return before

    async def change_async() -> str:
        return change()

    for value in ("first", "second"):
        variable.set(value)
        assert await executor.submit(change) == value
        assert await executor.submit(change_async) == value
        assert variable.get() == value


async def test_no_more_than_max_workers_tasks_run_at_once_in_the_order_submitted(
    executor: AsyncExecutor, tasks: Tasks
) -> None:
    futures = [executor.submit(tasks.hold, number) for number in range(7)]
    await until(lambda: tasks.running == 2)
    assert tasks.started == [0, 1]
    tasks.opened.set()
    assert await asyncio.gather(*futures) == list(range(7))
    assert tasks.most == 2
    assert tasks.started == list(range(7))


async def test_no_more_than_max_workers_threads_are_used(executor: AsyncExecutor) -> None:
    threads = await executor.map(lambda _: threading.get_ident(), range(50))
    assert 1 <= len(set(threads)) <= 2


async def test_workers_start_with_the_tasks_and_end_with_them() -> None:
    threads, own = set(threading.enumerate()), asyncio.all_tasks()
    executor_of_its_own = AsyncExecutor(max_workers=1000)
    assert asyncio.all_tasks() == own
    assert await executor_of_its_own.submit(double, 1) == 2
    await until(lambda: asyncio.all_tasks() == own)
    assert set(threading.enumerate()) <= threads


async def test_an_idle_worker_takes_the_next_task_before_another_is_made() -> None:
    async with AsyncExecutor(max_workers=9) as executor:
        threads = {await executor.submit(threading.get_ident) for _ in range(20)}
    assert len(threads) == 1


async def test_submit_after_shutdown_is_an_error(executor: AsyncExecutor) -> None:
    await executor.shutdown()
    with pytest.raises(ExecutorShutdownError):
        executor.submit(double, 1)
    with pytest.raises(ExecutorShutdownError):
        await executor.map(double, [1])


async def test_a_task_may_submit_and_await_another(executor: AsyncExecutor) -> None:
    async def outer() -> int:
        result: int = await executor.submit(double, 21)
        return result

    assert await executor.submit(outer) == 42


def test_an_executor_works_on_one_loop_after_another() -> None:
    executor = AsyncExecutor(max_workers=2)

    async def main() -> list[int]:
        return await executor.map(double, range(5))

    assert asyncio.run(main()) == asyncio.run(main()) == [0, 2, 4, 6, 8]


def test_an_executor_is_at_work_on_one_loop_at_a_time() -> None:
    executor, loop = AsyncExecutor(), asyncio.new_event_loop()

    async def submit() -> Any:
        return executor.submit(double, 1)

    future = loop.run_until_complete(submit())
    with pytest.raises(RuntimeError, match="another event loop"):
        asyncio.run(submit())
    assert loop.run_until_complete(future.result()) == 2
    loop.run_until_complete(executor.shutdown())
    loop.close()


def test_an_executor_whose_loop_was_closed_at_work_starts_afresh_on_the_next() -> None:
    executor, loop = AsyncExecutor(max_workers=1), asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # its pending tasks are reported, rightly

    async def hold() -> None:
        begun.set()
        await asyncio.get_running_loop().create_future()

    async def leave() -> None:
        executor.submit(hold)
        executor.submit(hold)
        await begun.wait()

    begun = asyncio.Event()
    loop.run_until_complete(leave())
    loop.close()
    assert asyncio.run(executor.map(double, range(5))) == [0, 2, 4, 6, 8]
    gc.collect()
