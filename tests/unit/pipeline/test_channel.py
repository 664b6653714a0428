"""The queue before a stage: its bound, its order, its pause, and who waits for whom."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from antflow.pipeline.channel import Channel, output_channel
from antflow.pipeline.envelope import Envelope, seal
from antflow.pipeline.stage import Stage
from antflow.testing import settle


def item(number: int, priority: int = 100) -> Envelope:
    return seal(f"value {number}", number, priority)


def ids(items: Any) -> list[Any]:
    return [each.id for each in items]


async def take(channel: Channel) -> Any:
    """What a worker does: take an item, let in what waits for room, or wait."""
    while not channel.items:
        await channel.wait()
    taken = channel.items.popleft()
    channel.admit()
    return taken.id


async def test_items_leave_in_the_order_they_came() -> None:
    channel = Channel(0)
    assert [channel.offer(item(number)) for number in range(3)] == [None] * 3
    assert [await take(channel) for _ in range(3)] == [0, 1, 2]


async def test_beyond_the_bound_an_item_waits_with_its_giver() -> None:
    channel = Channel(2)
    waiters = [channel.offer(item(number)) for number in range(4)]
    assert [waiter is None for waiter in waiters] == [True, True, False, False]
    assert (len(channel), ids(channel.waiting())) == (2, [0, 1, 2, 3])
    assert await take(channel) == 0
    assert len(channel) == 2
    assert waiters[2] is not None
    assert waiters[2].done()
    assert [await take(channel) for _ in range(3)] == [1, 2, 3]


async def test_a_worker_that_waits_gets_what_comes() -> None:
    channel = Channel(1)
    worker = asyncio.create_task(take(channel))
    await settle(3)
    channel.offer(item(7))
    assert await worker == 7


async def test_every_waiting_worker_is_woken_where_there_is_enough() -> None:
    channel = Channel(0)
    workers = [asyncio.create_task(take(channel)) for _ in range(5)]
    await settle(3)
    for number in range(5):
        channel.offer(item(number))
    assert sorted(await asyncio.gather(*workers)) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_cancelled_worker_passes_its_wake_up_on(when: str) -> None:
    channel = Channel(0)
    first, second = (asyncio.create_task(take(channel)) for _ in range(2))
    await settle(3)
    if when == "before":
        first.cancel()
    channel.offer(item(7))
    first.cancel()
    assert await second == 7
    assert await asyncio.wait([first])


async def test_a_rendezvous_takes_no_item_without_a_worker() -> None:
    channel = Channel(0, pull=True)
    waiter = channel.offer(item(0))
    assert waiter is not None
    assert len(channel) == 0
    assert await take(channel) == 0
    assert waiter.done()


async def test_a_rendezvous_takes_an_item_for_each_worker_that_waits() -> None:
    channel = Channel(0, pull=True)
    workers = [asyncio.create_task(take(channel)) for _ in range(2)]
    await settle(3)
    given = [channel.offer(item(number)) for number in range(3)]
    assert [waiter is None for waiter in given] == [True, True, False]
    assert sorted(await asyncio.gather(*workers)) == [0, 1]
    assert ids(channel.waiting()) == [2]


async def test_a_paused_channel_shows_nothing_and_keeps_everything() -> None:
    channel = Channel(2)
    channel.offer(item(0))
    channel.pause()
    channel.offer(item(1))
    assert (channel.paused, len(channel.items), len(channel)) == (True, 0, 2)
    worker = asyncio.create_task(take(channel))
    await settle(3)
    assert not worker.done()
    channel.resume()
    assert await worker == 0
    assert not channel.paused


async def test_a_paused_channel_is_still_bounded() -> None:
    channel = Channel(1)
    channel.pause()
    assert [channel.offer(item(number)) is None for number in range(2)] == [True, False]


async def test_priorities_may_come_while_items_wait() -> None:
    channel = Channel(0)
    for number in range(2):
        channel.offer(item(number))
    channel.prioritise()
    channel.offer(item(2, priority=5))
    channel.offer(item(3))
    channel.offer(item(4, priority=5))
    assert [await take(channel) for _ in range(5)] == [2, 4, 0, 1, 3]


async def test_priorities_may_come_during_a_pause() -> None:
    channel = Channel(0)
    channel.offer(item(0))
    channel.pause()
    channel.prioritise()
    channel.offer(item(1, priority=5))
    channel.resume()
    assert [await take(channel) for _ in range(2)] == [1, 0]


@pytest.mark.parametrize("ranked", [False, True])
async def test_items_of_an_id_can_be_withdrawn_wherever_they_wait(ranked: bool) -> None:
    channel = Channel(2)
    if ranked:
        channel.prioritise()
    waiters = [channel.offer(seal({"id": name, "value": 0}, 0, 100)) for name in "abaab"]
    assert ids(channel.withdraw("a")) == ["a", "a", "a"]
    assert ids(channel.waiting()) == ["b", "b"]
    assert all(waiter is None or waiter.done() for waiter in waiters)
    assert channel.withdraw("nobody") == []


async def test_clearing_gives_back_everything_and_releases_the_givers() -> None:
    channel = Channel(1)
    waiters = [channel.offer(item(number)) for number in range(3)]
    assert ids(channel.clear()) == [0, 1, 2]
    assert len(channel) == 0
    assert all(waiter is None or waiter.done() for waiter in waiters)


# -- behind the last stage ---------------------------------------------------------------------


async def same(value: Any) -> Any:
    return value


@pytest.mark.parametrize(
    ("fields", "buffer_size", "room"),
    [
        ({}, None, 20),
        ({"queue_capacity": 3}, None, 3),
        ({"queue_capacity": 0}, None, 20),
        ({}, 5, 5),
        ({}, 0, 0),
    ],
)
async def test_what_may_wait_for_the_consumer_of_a_stream(
    fields: dict[str, Any], buffer_size: int | None, room: int
) -> None:
    channel = output_channel(Stage("A", 2, [same], **fields), buffer_size)
    given = [channel.offer(item(number)) is None for number in range(25)]
    assert sum(given) == room
