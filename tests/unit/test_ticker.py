"""A callback at once, then every interval, and once more at the end."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from antflow.ticker import Ticker, positive_seconds

HOUR = 3600.0
SHORT = 0.001
PATIENCE = 10.0


async def test_calls_at_once_and_once_more_at_the_end() -> None:
    calls: list[str] = []
    ticker = Ticker(lambda: calls.append("call"), HOUR)
    await ticker.start()
    assert len(calls) == 1
    await ticker.stop()
    assert len(calls) == 2


async def test_calls_every_interval() -> None:
    enough = asyncio.Event()
    calls: list[int] = []

    def callback() -> None:
        calls.append(len(calls))
        if len(calls) == 5:
            enough.set()

    ticker = Ticker(callback, SHORT)
    await ticker.start()
    await asyncio.wait_for(enough.wait(), PATIENCE)
    await ticker.stop()
    assert len(calls) >= 6


async def test_an_async_callback_is_awaited() -> None:
    ended: list[str] = []

    async def callback() -> None:
        await asyncio.sleep(0)
        ended.append("end")

    ticker = Ticker(callback, HOUR)
    await ticker.start()
    await ticker.stop()
    assert len(ended) == 2


async def test_a_raising_callback_goes_on_and_is_logged_once_per_kind(
    caplog: pytest.LogCaptureFixture,
) -> None:
    enough = asyncio.Event()
    kinds: list[type[BaseException]] = [ValueError, OSError, SystemExit, asyncio.CancelledError]
    calls: list[int] = []

    def callback() -> None:
        calls.append(1)
        if len(calls) == 12:
            enough.set()
        raise kinds[len(calls) % 4]("broken")

    ticker = Ticker(callback, SHORT, what="on_update")
    with caplog.at_level(logging.ERROR, logger="antflow"):
        await ticker.start()
        await asyncio.wait_for(enough.wait(), PATIENCE)
        await ticker.stop()
    assert ticker.errors == len(calls)
    assert sorted(record.getMessage().split(";")[0] for record in caplog.records) == [
        "on_update raised CancelledError",
        "on_update raised OSError",
        "on_update raised SystemExit",
        "on_update raised ValueError",
    ]


async def test_starting_and_stopping_twice_changes_nothing() -> None:
    calls: list[int] = []
    ticker = Ticker(lambda: calls.append(1), HOUR)
    await ticker.stop()
    await ticker.start()
    await ticker.start()
    assert ticker.running
    await ticker.stop()
    await ticker.stop()
    assert not ticker.running
    assert len(calls) == 2


async def test_it_may_be_started_again() -> None:
    calls: list[int] = []
    ticker = Ticker(lambda: calls.append(1), HOUR)
    for _ in range(2):
        await ticker.start()
        await ticker.stop()
    assert len(calls) == 4


async def test_a_callback_that_hangs_is_cancelled_after_the_grace(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cancelled = asyncio.Event()

    async def callback() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    ticker = Ticker(callback, HOUR, what="on_update", grace=SHORT)
    await ticker.start()
    await asyncio.wait_for(ticker.stop(), PATIENCE)
    assert cancelled.is_set()
    assert "on_update did not return" in caplog.text


async def test_a_callback_may_stop_its_own_ticker() -> None:
    calls: list[int] = []
    done = asyncio.Event()

    async def callback() -> None:
        calls.append(1)
        if len(calls) == 2:
            done.set()
        await ticker.stop()

    ticker = Ticker(callback, HOUR)
    await ticker.start()
    await asyncio.wait_for(done.wait(), PATIENCE)
    assert len(calls) == 2


async def test_cancelling_stop_leaves_no_task_behind() -> None:
    begun = asyncio.Event()

    async def callback() -> None:
        begun.set()
        await asyncio.Event().wait()

    ticker = Ticker(callback, HOUR)
    await ticker.start()
    await begun.wait()
    stopping = asyncio.create_task(ticker.stop())
    await asyncio.sleep(0)
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping
    assert not ticker.running


@pytest.mark.parametrize("wrong", [0, -1, float("nan"), float("inf")])
def test_an_interval_must_be_above_zero(wrong: float) -> None:
    with pytest.raises(ValueError, match="interval must be seconds > 0"):
        Ticker(print, wrong)


@pytest.mark.parametrize("wrong", ["1", None, True])
def test_an_interval_must_be_a_number(wrong: Any) -> None:
    with pytest.raises(TypeError, match="interval must be a number of seconds"):
        positive_seconds("interval", wrong)


def test_the_callback_must_be_callable() -> None:
    with pytest.raises(TypeError, match="on_update must be callable"):
        Ticker(None, 1.0)  # type: ignore[arg-type]
