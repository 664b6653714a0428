"""Calling callbacks of users, and keeping their errors from the work."""

from __future__ import annotations

import asyncio
import logging

import pytest

from antflow.callbacks import Guard, call


async def test_a_sync_callback_gives_its_answer() -> None:
    assert await call(max, 1, 2) == 2


async def test_an_async_callback_is_awaited() -> None:
    async def double(value: int) -> int:
        return value * 2

    assert await call(double, 4) == 8


async def test_an_awaitable_answer_is_awaited() -> None:
    """A lambda around an async function is async too."""

    async def double(value: int) -> int:
        return value * 2

    assert await call(lambda value: double(value), 4) == 8


async def test_a_guard_passes_answers_on() -> None:
    assert await Guard("callback").call(max, 1, 2) == 2


async def test_a_guard_counts_errors_and_logs_each_kind_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(error: BaseException) -> None:
        raise error

    guard = Guard("on_update")
    for error in (ValueError("a"), ValueError("b"), OSError(), SystemExit()):
        assert await guard.call(broken, error) is None
    assert guard.errors == 4
    kinds = [record.getMessage().split()[2] for record in caplog.records]
    assert kinds == ["ValueError;", "OSError;", "SystemExit;"]
    assert all(record.levelno == logging.ERROR for record in caplog.records)
    assert all(record.exc_info for record in caplog.records)


async def test_a_guard_lets_the_callers_cancellation_through() -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    task = asyncio.create_task(Guard("callback").call(hang))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_guard_catches_a_cancellation_that_the_callback_made_up() -> None:
    def broken() -> None:
        raise asyncio.CancelledError

    guard = Guard("callback")
    assert await guard.call(broken) is None
    assert guard.errors == 1


async def test_a_guard_lets_ctrl_c_through() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await Guard("callback").call(interrupted)
