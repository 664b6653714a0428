"""Who is woken by what comes into a `Channel`, also where those who waited are cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from staff import Staff

from antflow.pipeline.channel import Channel
from antflow.pipeline.envelope import Envelope, seal
from antflow.pipeline.retry import Waiting
from antflow.testing import run_virtual, settle


def item(number: int, priority: int = 100) -> Envelope:
    return seal(number, number, priority)


def entry(number: int) -> Waiting:
    return Waiting(item(number), 0, number, 2, 0.0)


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
