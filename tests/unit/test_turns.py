"""The time budget that all workers of an event loop share."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import Callable

import pytest

from antflow.testing import VirtualClockLoop, settle
from antflow.turns import SLICE, Turns, turns_of

GUARD = 10.0
"""Seconds of the real clock after which something hangs."""

WORK = 0.001
"""Seconds of computing at a stretch."""


class Computing:
    """Coroutines that compute without ever suspending but for their turns; the clock is theirs."""

    def __init__(self) -> None:
        self.now = 100.0
        self.turns = Turns()
        self.done: Counter[int] = Counter()
        self.order: list[int] = []

    def clock(self) -> float:
        return self.now

    async def work(self, name: int, amount: int, cost: float = WORK) -> None:
        for _ in range(amount):
            if self.now > self.turns.deadline:
                await self.turns.take(self.clock)
            self.now += cost
            self.done[name] += 1
            if not self.order or self.order[-1] != name:
                self.order.append(name)

    def start(self, workers: int, amount: int) -> list[asyncio.Task[None]]:
        return [asyncio.create_task(self.work(name, amount)) for name in range(workers)]

    async def longest_wait(self, rounds: int) -> float:
        """How long another coroutine of the loop waits for its turn, at worst."""
        longest = 0.0
        for _ in range(rounds):
            before = self.now
            await asyncio.sleep(0)
            longest = max(longest, self.now - before)
        return longest


async def test_the_first_to_come_begins_at_once() -> None:
    computing = Computing()
    assert await computing.turns.take(computing.clock) == computing.now
    assert computing.turns.deadline == computing.now + SLICE


async def test_another_coroutine_waits_at_most_for_a_slice_and_one_task() -> None:
    computing = Computing()
    tasks = computing.start(30, 200)
    longest = await computing.longest_wait(300)
    assert SLICE < longest <= SLICE + 2 * WORK
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


@pytest.mark.parametrize("workers", [2, 7, 30])
async def test_workers_that_never_suspend_take_turns(workers: int) -> None:
    """None gets more than a slice ahead of another, wherever one stops the clock."""
    computing = Computing()
    tasks = computing.start(workers, 1_000)
    await computing.longest_wait(50 * workers)
    shares = [computing.done[name] for name in range(workers)]
    assert min(shares) > 0
    assert max(shares) - min(shares) <= 2 * (SLICE / WORK + 1)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_those_who_park_go_on_in_the_order_they_came() -> None:
    computing = Computing()
    tasks = computing.start(5, 36)  # four slices each
    await asyncio.gather(*tasks)
    assert computing.order[:10] == [0, 1, 2, 3, 4] * 2


async def test_all_come_to_their_end_whatever_their_tasks_cost() -> None:
    computing = Computing()
    costs = [WORK / 10, WORK, 3 * SLICE, 0.0]
    works = [computing.work(name, 100, cost) for name, cost in enumerate(costs)]
    await asyncio.wait_for(asyncio.gather(*works), GUARD)
    assert [computing.done[name] for name in range(4)] == [100] * 4


async def test_cancelled_ones_do_not_take_the_turn_of_the_others() -> None:
    computing = Computing()
    tasks = computing.start(30, 1_000)
    await settle(3)
    for task in tasks[1:29]:
        task.cancel()
    await asyncio.wait_for(asyncio.gather(tasks[0], tasks[29]), GUARD)
    assert computing.done[0] == computing.done[29] == 1_000
    assert all(task.cancelled() for task in tasks[1:29])


async def test_one_that_is_cancelled_after_it_was_woken_passes_the_turn_on() -> None:
    computing = Computing()
    tasks = computing.start(3, 1_000)
    for _ in range(50):
        await asyncio.sleep(0)
        tasks[1].cancel()
    await asyncio.wait_for(asyncio.gather(tasks[0], tasks[2]), GUARD)
    assert computing.done[0] == computing.done[2] == 1_000


async def test_all_parked_ones_may_be_cancelled() -> None:
    computing = Computing()
    tasks = computing.start(20, 1_000)
    await settle(3)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await asyncio.wait_for(computing.work(99, 100), GUARD)
    assert computing.done[99] == 100


class CountingLoop(VirtualClockLoop):
    """Counts its rounds."""

    rounds = 0

    def _run_once(self) -> None:
        self.rounds += 1
        super()._run_once()  # type: ignore[misc]


@pytest.mark.parametrize("cancelled", [False, True])
def test_nothing_spins_when_nobody_works(cancelled: bool) -> None:
    async def rest() -> int:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, CountingLoop)
        computing = Computing()
        tasks = computing.start(30, 100)
        if cancelled:
            await settle(5)
            for task in tasks:
                task.cancel()
        await asyncio.wait(tasks)
        await settle(20)
        before = loop.rounds
        await asyncio.sleep(1_000.0)
        return loop.rounds - before

    with asyncio.Runner(loop_factory=CountingLoop) as runner:
        assert runner.run(rest()) <= 3


async def test_two_clocks_may_share_the_turns_of_a_loop() -> None:
    """A pipeline on the loop's virtual clock, say, and the delivery of its events."""
    computing, ahead = Computing(), 1e9

    async def on_a_clock(clock: Callable[[], float]) -> None:
        for _ in range(100):
            if clock() > computing.turns.deadline:
                await computing.turns.take(clock)
            computing.now += WORK

    works = [on_a_clock(lambda: computing.now), on_a_clock(lambda: computing.now + ahead)]
    await asyncio.wait_for(asyncio.gather(*works), GUARD)
    assert computing.now == pytest.approx(100.0 + 200 * WORK)


async def test_a_loop_has_one_budget() -> None:
    loop = asyncio.get_running_loop()
    assert turns_of(loop) is turns_of(loop)
    other = asyncio.new_event_loop()
    try:
        assert turns_of(other) is not turns_of(loop)
    finally:
        other.close()


def test_the_budget_of_a_loop_goes_with_it() -> None:
    async def work() -> None:
        await turns_of(asyncio.get_running_loop()).take(lambda: 0.0)

    from antflow.turns import _turns

    gc.collect()
    before = len(_turns)
    asyncio.run(work())
    gc.collect()
    assert len(_turns) == before
