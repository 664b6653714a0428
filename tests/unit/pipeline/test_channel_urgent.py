"""What goes before all else in a `Channel`: entries that come again, orders to end, pauses."""

from __future__ import annotations

from typing import Any

import pytest

from antflow.pipeline.channel import Channel
from antflow.pipeline.envelope import Envelope, seal
from antflow.pipeline.retry import Waiting
from antflow.testing import settle


def item(number: int, priority: int = 100) -> Envelope:
    return seal(number, number, priority)


def entry(number: int) -> Waiting:
    return Waiting(item(number), 0, number, 2, 0.0)


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
