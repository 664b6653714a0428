"""The loop applies everything, in order, and never for long at a time."""

from __future__ import annotations

import asyncio
import time

from polling import eventually_async

from antflow.cluster.events import pump as pumps
from antflow.cluster.events.handover import Handover
from antflow.cluster.events.pump import Pump


async def test_everything_is_applied_in_order_once() -> None:
    handover, got = Handover(), []
    pump = Pump(
        asyncio.get_running_loop(), handover, lambda events, _: got.extend(e["n"] for e in events)
    )
    number = 0
    for size in (1, 5_000, 3, 1, 1, 700):
        handover.put([{"n": number + at} for at in range(size)], size)
        number += size
        pump.wake()
    await eventually_async(lambda: len(got) >= number)
    assert got == list(range(number))


async def test_others_on_the_loop_get_their_turn_between_slices() -> None:
    handover, applied = Handover(), 0

    def slow(events: list[dict[str, object]], _at: float) -> None:
        nonlocal applied
        applied += len(events)
        time.sleep(0.0002 * len(events))  # what applying costs

    pump = Pump(asyncio.get_running_loop(), handover, slow)
    handover.put([{} for _ in range(2_000)], 1)
    pump.wake()
    turns = 0
    while applied < 2_000:
        await asyncio.sleep(0)
        turns += 1
    assert turns > 20  # 0.4 s of work in slices of at most 20 ms


async def test_what_comes_while_applying_is_applied_too() -> None:
    handover = Handover()
    got: list[object] = []
    loop = asyncio.get_running_loop()

    def apply(events: list[dict[str, object]], _at: float) -> None:
        got.extend(events)
        if len(got) < 10:
            handover.put([{}], 1)
            pump.wake()

    pump = Pump(loop, handover, apply)
    handover.put([{}], 1)
    pump.wake()
    await eventually_async(lambda: len(got) == 10)


async def test_after_stopping_nothing_is_applied() -> None:
    handover, got = Handover(), []
    pump = Pump(asyncio.get_running_loop(), handover, lambda events, _: got.extend(events))
    handover.put([{}], 1)
    pump.wake()
    pump.stop()
    await asyncio.sleep(0.01)
    assert got == []


def test_a_loop_that_was_closed_is_left_alone() -> None:
    loop = asyncio.new_event_loop()
    handover = Handover()
    pump = Pump(loop, handover, lambda events, _: None)
    loop.close()
    handover.put([{}], 1)
    pump.wake()
    assert handover.waiting == 1


def test_a_slice_is_within_what_is_promised() -> None:
    assert pumps.SLICE <= 0.005
