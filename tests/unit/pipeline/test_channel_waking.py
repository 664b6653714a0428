"""Who is woken by what comes into a `Channel`, also where those who waited are cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antflow.pipeline.channel import Channel
from antflow.pipeline.envelope import Envelope, seal
from antflow.pipeline.retry import Waiting
from antflow.testing import run_virtual, settle


def item(number: int, priority: int = 100) -> Envelope:
    return seal(number, number, priority)


def entry(number: int) -> Waiting:
    return Waiting(item(number), 0, number, 2, 0.0)


class Staff:
    """Workers that take what they get and remember it, as those of a stage do."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.taken: list[int] = []
        self.wake_ups = 0
        self.tasks: list[asyncio.Task[None]] = []

    def hire(self, n: int = 1) -> None:
        self.tasks += [asyncio.create_task(self._work()) for _ in range(n)]

    async def _work(self) -> None:
        channel = self.channel
        while True:
            if channel.urgent:
                entry = channel.urgent.popleft()
                if entry is None:
                    channel.orders -= 1
                    return
                self.taken.append(entry.item.id)
            elif channel.items:
                self.taken.append(channel.items.popleft().id)
                if channel.givers:
                    channel.admit()
            else:
                await channel.wait()
                self.wake_ups += 1
                continue
            await asyncio.sleep(0)

    @property
    def alive(self) -> list[asyncio.Task[None]]:
        return [task for task in self.tasks if not task.done()]

    def cancel(self, *numbers: int) -> None:
        for number in numbers:
            self.tasks[number].cancel()

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


@pytest.fixture
async def staffed() -> AsyncIterator[Callable[..., Any]]:
    """`await staffed(channel, n)`: n workers that wait at the channel."""
    made: list[Staff] = []

    async def make(channel: Channel, n: int) -> Staff:
        staff = Staff(channel)
        made.append(staff)
        staff.hire(n)
        await settle()
        return staff

    yield make
    for staff in made:
        await staff.close()


async def test_one_item_wakes_one_worker(staffed: Any) -> None:
    channel = Channel(0)
    staff = await staffed(channel, 5)
    channel.offer(item(0))
    await settle()
    assert (staff.taken, staff.wake_ups) == ([0], 1)


async def test_the_worker_that_has_waited_longest_is_woken_first() -> None:
    channel, woken = Channel(0), []

    async def wait(name: str) -> None:
        await channel.wait()
        woken.append(name)
        channel.items.popleft()

    tasks = [asyncio.create_task(wait(name)) for name in "abc"]
    for number in range(3):
        await settle()
        channel.offer(item(number))
    await asyncio.gather(*tasks)
    assert woken == ["a", "b", "c"]


@pytest.mark.parametrize("cancelled", [(0,), (0, 1), (0, 1, 2), (1, 2), (0, 2)])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_workers_cancelled_at_once_leave_what_comes_to_the_others(
    staffed: Any, cancelled: tuple[int, ...], when: str
) -> None:
    channel = Channel(0)
    staff = await staffed(channel, 4)
    if when == "before":
        staff.cancel(*cancelled)
    channel.offer(item(0))
    channel.offer(item(1))
    if when == "after":
        staff.cancel(*cancelled)
    await settle()
    assert sorted(staff.taken) == [0, 1]
    assert len(staff.alive) == 4 - len(cancelled)
    channel.offer(item(2))
    await settle()
    assert sorted(staff.taken) == [0, 1, 2]


async def test_what_comes_while_all_workers_are_cancelled_waits_for_the_next_one(
    staffed: Any,
) -> None:
    channel = Channel(0)
    staff = await staffed(channel, 3)
    channel.offer(item(0))
    staff.cancel(0, 1, 2)
    await settle()
    assert (staff.taken, len(channel)) == ([], 1)
    staff.hire()
    await settle()
    assert staff.taken == [0]
    channel.offer(item(1))
    await settle()
    assert staff.taken == [0, 1]


async def test_what_comes_after_all_workers_were_cancelled_waits_for_the_next_one(
    staffed: Any,
) -> None:
    channel = Channel(0)
    staff = await staffed(channel, 2)
    staff.cancel(0, 1)
    await settle()
    channel.offer(item(0))
    staff.hire()
    await settle()
    assert staff.taken == [0]


async def test_a_rendezvous_with_a_worker_that_is_cancelled_goes_to_the_next(staffed: Any) -> None:
    channel = Channel(0, pull=True)
    staff = await staffed(channel, 2)
    assert channel.offer(item(0)) is None
    staff.cancel(0)
    await settle()
    assert staff.taken == [0]
    staff.cancel(1)
    await settle()
    waiter = channel.offer(item(1))
    assert waiter is not None, "nobody is there to take it"
    staff.hire()
    await settle()
    assert waiter.done()
    assert staff.taken == [0, 1]


async def test_a_giver_that_gives_up_waiting_has_given_its_item_all_the_same(staffed: Any) -> None:
    channel = Channel(1)
    waiters = [channel.offer(item(number)) for number in range(4)]
    assert waiters[1] is not None
    waiters[1].cancel()
    staff = await staffed(channel, 1)
    assert staff.taken == [0, 1, 2, 3]
    assert all(waiter is None or waiter.done() for waiter in waiters)


async def test_givers_are_let_in_in_the_order_they_came_whatever_leaves(staffed: Any) -> None:
    channel = Channel(2)
    waiters = [channel.offer(item(number)) for number in range(6)]
    channel.items.popleft()
    channel.admit()
    done = [waiter is None or waiter.done() for waiter in waiters]
    assert done == [True, True, True, False, False, False]
    staff = await staffed(channel, 2)
    assert staff.taken == [1, 2, 3, 4, 5]


# -- urgent entries -------------------------------------------------------------------------------


async def test_urgent_entries_go_first_and_beyond_the_bound(staffed: Any) -> None:
    channel = Channel(1)
    channel.offer(item(0))
    for number in (1, 2):
        channel.push(entry(number))
    assert (channel.urgent_items, len(channel)) == (2, 1)
    staff = await staffed(channel, 1)
    assert staff.taken == [1, 2, 0]


async def test_an_urgent_entry_wakes_a_worker(staffed: Any) -> None:
    channel = Channel(1, pull=True)
    staff = await staffed(channel, 3)
    channel.push(entry(0))
    channel.push(entry(1))
    await settle()
    assert staff.taken == [0, 1]


async def test_each_order_to_end_ends_one_worker_also_during_a_pause(staffed: Any) -> None:
    channel = Channel(0)
    staff = await staffed(channel, 3)
    channel.pause()
    channel.push(entry(0))
    channel.push(None)
    channel.push(None)
    await settle()
    assert (len(staff.alive), staff.taken, channel.urgent_items) == (1, [], 1)
    channel.resume()
    await settle()
    assert (len(staff.alive), staff.taken, channel.urgent_items) == (1, [0], 0)


async def test_orders_to_end_that_stand_already_are_obeyed_during_a_pause(staffed: Any) -> None:
    channel = Channel(0)
    channel.push(entry(0))
    channel.push(None)
    channel.pause()
    assert channel.urgent_items == 1
    staff = await staffed(channel, 2)
    assert (len(staff.alive), staff.taken) == (1, [])
    channel.resume()
    await settle()
    assert staff.taken == [0]


@pytest.mark.parametrize("paused", [False, True])
async def test_urgent_entries_are_withdrawn_and_cleared_like_the_others(paused: bool) -> None:
    channel = Channel(0)
    for number in (1, 2, 1):
        channel.push(entry(number))
    channel.push(None)
    if paused:
        channel.pause()
    assert [found.id for found in channel.withdraw(1)] == [1, 1]
    assert channel.urgent_items == 1
    channel.offer(item(3))
    left = channel.clear()
    assert [each.item.id if isinstance(each, Waiting) else each.id for each in left] == [2, 3]
    assert channel.urgent_items == len(channel) == 0


# -- pausing --------------------------------------------------------------------------------------


async def test_a_resume_wakes_the_workers_for_what_came_meanwhile(staffed: Any) -> None:
    channel = Channel(0)
    staff = await staffed(channel, 5)
    channel.pause()
    for number in range(3):
        channel.offer(item(number))
    await settle()
    assert staff.taken == []
    channel.resume()
    await settle()
    assert staff.taken == [0, 1, 2]


async def test_a_rendezvous_lets_nothing_in_during_a_pause(staffed: Any) -> None:
    channel = Channel(0, pull=True)
    staff = await staffed(channel, 1)
    channel.pause()
    waiter = channel.offer(item(0))
    assert waiter is not None
    await settle()
    assert not waiter.done()
    channel.resume()
    await settle()
    assert waiter.done()
    assert staff.taken == [0]


async def test_pausing_and_resuming_twice_is_as_once(staffed: Any) -> None:
    channel = Channel(0)
    channel.offer(item(0))
    channel.pause()
    channel.pause()
    channel.resume()
    channel.resume()
    staff = await staffed(channel, 1)
    assert staff.taken == [0]


# -- everything at once ---------------------------------------------------------------------------

STEPS = st.one_of(
    st.sampled_from(["urgent", "hire", "end", "pause", "resume", "prioritise"]).map(
        lambda s: (s, 0)
    ),
    st.tuples(st.sampled_from(["offer", "offer", "cancel", "turn", "withdraw"]), st.integers(0, 5)),
)


@settings(deadline=None, derandomize=True)
@given(st.booleans(), st.integers(0, 3), st.lists(STEPS, max_size=60))
def test_nothing_is_lost_or_left_while_a_worker_waits(
    pull: bool, capacity: int, steps: list[tuple[str, int]]
) -> None:
    run_virtual(act_out(Channel(capacity, pull=pull), steps))


async def act_out(channel: Channel, steps: list[tuple[str, int]]) -> None:
    staff, given, withdrawn = Staff(channel), 0, list[int]()
    acts: dict[str, Callable[[], Any]] = {
        "pause": channel.pause, "resume": channel.resume, "prioritise": channel.prioritise,
        "hire": staff.hire, "end": lambda: channel.push(None),
    }  # fmt: skip
    for step, number in steps:
        if step in acts:
            acts[step]()
        elif step == "turn":
            await settle(number)
        elif step == "cancel":
            staff.cancel(*range(number % (len(staff.tasks) + 1)))
        elif step == "withdraw":
            withdrawn += [found.id for found in channel.withdraw(given - number)]
        else:
            channel.push(entry(given)) if step == "urgent" else channel.offer(item(given, number))
            given += 1
    channel.resume()
    await settle(200)
    left = [each.id for each in channel.waiting()]
    left += [each.item.id for each in channel.urgent if each is not None]
    assert sorted([*staff.taken, *withdrawn, *left]) == list(range(given))
    assert not left or not staff.alive, "a worker sleeps while there is work"
    await staff.close()
