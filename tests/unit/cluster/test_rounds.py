"""Rounds go on, whatever a call does."""

from __future__ import annotations

import asyncio

import pytest

from antflow.cluster.rounds import Rounds


async def test_a_call_that_raises_is_logged_once_and_the_rounds_go_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    third = asyncio.Event()
    calls = 0

    async def call() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            third.set()
        raise RuntimeError("away")

    rounds = Rounds(call, 0.001, "sampling")
    rounds.start()
    await asyncio.wait_for(third.wait(), 10)
    await rounds.stop()
    assert len(caplog.records) == 1


async def test_waking_calls_at_once() -> None:
    calls: asyncio.Queue[None] = asyncio.Queue()
    rounds = Rounds(lambda: calls.put(None), 3600, "sampling")
    rounds.start()
    await asyncio.wait_for(calls.get(), 10)
    rounds.wake()
    await asyncio.wait_for(calls.get(), 10)
    await rounds.stop()


async def test_stop_ends_a_call_that_hangs() -> None:
    hanging = asyncio.Event()

    async def call() -> None:
        hanging.set()
        await asyncio.Event().wait()

    rounds = Rounds(call, 1, "sampling")
    rounds.start()
    await hanging.wait()
    await rounds.stop()
    await rounds.stop()
