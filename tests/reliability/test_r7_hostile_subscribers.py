"""R7: whatever subscribers do, no item and no event is lost without being counted."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from crowd import BASES, EVENTS, ITEMS, Plant, virtually

from antflow import StatusEvent
from antflow.testing import Recording
from antflow.tracker import Overflow


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("kind", BASES)
def test_a_raising_subscriber_is_counted_logged_once_and_changes_nothing(
    kind: type[BaseException], asynchronous: bool, caplog: pytest.LogCaptureFixture
) -> None:
    def raises(event: StatusEvent) -> None:
        raise kind("no")

    async def raises_later(event: StatusEvent) -> None:
        await asyncio.sleep(0)
        raise kind("no")

    async def main() -> None:
        plant = Plant()
        plant.tracker.subscribe(raises_later if asynchronous else raises)
        plant.check_all_processed(await plant.run())
        stats = plant.delivery("raises")
        assert (stats.delivered, stats.errors, stats.lost, stats.pending) == (EVENTS, EVENTS, 0, 0)

    caplog.set_level(logging.ERROR, "antflow")
    virtually(main)
    assert len([record for record in caplog.records if "raises" in record.getMessage()]) == 1


@pytest.mark.parametrize("kind", BASES)
def test_raising_task_callbacks_change_nothing(kind: type[BaseException]) -> None:
    calls = []

    def raises(event: Any) -> None:
        calls.append(event)
        raise kind("no")

    async def main() -> None:
        plant = Plant()
        plant.tracker.on_task_start = plant.tracker.on_task_complete = raises
        plant.check_all_processed(await plant.run())
        assert sum(one.errors for one in plant.tracker.get_delivery_stats()) == len(calls)

    virtually(main)
    assert len(calls) == ITEMS * 2 * 2


def test_a_subscriber_that_cancels_its_own_delivery_gets_every_event_all_the_same() -> None:
    seen = []

    async def cancels(event: StatusEvent) -> None:
        seen.append(event)
        task = asyncio.current_task()
        assert task is not None
        if len(seen) % 10 == 5:
            task.cancel()
            await asyncio.sleep(0)

    async def main() -> None:
        plant = Plant()
        plant.tracker.subscribe(cancels)
        plant.check_all_processed(await plant.run())
        stats = plant.delivery("cancels")
        assert stats.pending == 0
        assert stats.delivered + stats.lost == EVENTS
        assert len(seen) >= EVENTS - stats.lost

    virtually(main)


# -- stalling -------------------------------------------------------------------------------------


@pytest.mark.parametrize("overflow", ["wait", "drop_oldest", "coalesce"])
@pytest.mark.parametrize("stall_at", [1, 7])
def test_what_a_stalled_subscriber_does_not_take_is_counted_as_lost(
    overflow: Overflow, stall_at: int
) -> None:
    seen = []

    async def stalls(event: StatusEvent) -> None:
        seen.append(event)
        if len(seen) == stall_at:
            await asyncio.get_running_loop().create_future()

    async def main() -> None:
        plant = Plant()
        buffer = EVENTS if overflow == "wait" else 16
        plant.tracker.subscribe(stalls, buffer=buffer, overflow=overflow)
        before = asyncio.get_running_loop().time()
        plant.check_all_processed(await plant.run())
        assert asyncio.get_running_loop().time() - before < 20.0
        stats = plant.delivery("stalls")
        assert stats.pending == 0
        assert stats.delivered == stall_at - 1
        assert stats.delivered + stats.lost == EVENTS

    virtually(main)
    assert len(seen) == stall_at


@pytest.mark.parametrize("overflow", ["drop_oldest", "coalesce"])
def test_a_slow_subscriber_gets_the_newest_events_and_the_rest_is_counted(
    overflow: Overflow,
) -> None:
    seen: list[StatusEvent] = []

    async def slow(event: StatusEvent) -> None:
        seen.append(event)
        await asyncio.sleep(0.05)

    async def main() -> None:
        plant = Plant()
        plant.tracker.subscribe(slow, buffer=ITEMS, overflow=overflow)
        plant.check_all_processed(await plant.run())
        stats = plant.delivery("slow")
        assert (stats.delivered, stats.lost) == (len(seen), EVENTS - len(seen))
        assert stats.lost > 0
        order = [plant.witness.events.index(event) for event in seen]
        assert order == sorted(order)
        assert seen[-1] == plant.witness.events[-1]
        if overflow == "coalesce":
            newest = {event.item_id: event for event in plant.witness.events}
            assert all(event in seen for event in newest.values())

    virtually(main)


def test_a_slow_subscriber_does_not_slow_the_items_down() -> None:
    async def slow(event: StatusEvent) -> None:
        await asyncio.sleep(1.0)

    async def main() -> None:
        plant = Plant()
        plant.tracker.subscribe(slow)
        run = asyncio.create_task(plant.pipeline.run(range(ITEMS)))
        await asyncio.sleep(2.0)
        assert plant.pipeline.get_stats().items_processed == ITEMS
        assert not run.done()
        plant.check_all_processed(await run)
        assert plant.idle()
        assert plant.delivery("slow").delivered == EVENTS
        assert asyncio.get_running_loop().time() >= EVENTS

    virtually(main)


def test_a_stalled_subscriber_that_holds_the_pipeline_up_lets_go_when_it_is_unsubscribed() -> None:
    async def stalls(event: StatusEvent) -> None:
        await asyncio.get_running_loop().create_future()

    async def main() -> None:
        plant = Plant()
        plant.tracker.subscribe(stalls, buffer=8)
        asyncio.get_running_loop().call_later(50.0, plant.tracker.unsubscribe, stalls)
        plant.check_all_processed(await plant.run())
        assert 50.0 < asyncio.get_running_loop().time() < 70.0

    virtually(main)


# -- coming and going while called ----------------------------------------------------------------


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("last", [1, 2, 17, 100])
def test_one_that_unsubscribes_itself_is_called_no_more(last: int, asynchronous: bool) -> None:
    seen = []

    async def main() -> None:
        plant = Plant()

        def leaves(event: StatusEvent) -> None:
            seen.append(event)
            if len(seen) == last:
                plant.tracker.unsubscribe(leaves_later if asynchronous else leaves)

        async def leaves_later(event: StatusEvent) -> None:
            leaves(event)
            await asyncio.sleep(0)

        plant.tracker.subscribe(leaves_later if asynchronous else leaves)
        plant.check_all_processed(await plant.run())
        assert seen == plant.witness.events[:last]

    virtually(main)
    assert len(seen) == last


def test_one_that_is_unsubscribed_by_another_is_called_no_more() -> None:
    async def main() -> None:
        plant = Plant()
        victim, other, got = Recording(), Recording(), []

        def murderer(event: StatusEvent) -> None:
            other(event)
            if len(other.events) == 20:
                plant.tracker.unsubscribe(victim)
                got.extend(victim.events)

        plant.tracker.subscribe(murderer)
        plant.tracker.subscribe(victim)
        plant.check_all_processed(await plant.run())
        assert victim.events == got == plant.witness.events[: len(got)]

    virtually(main)


def test_one_that_subscribes_others_while_called_disturbs_nobody() -> None:
    async def main() -> None:
        plant = Plant()
        added: list[Recording] = []

        def multiplies(event: StatusEvent) -> None:
            if len(added) < 5:
                added.append(Recording())
                plant.tracker.subscribe(added[-1])

        plant.tracker.subscribe(multiplies)
        plant.check_all_processed(await plant.run())
        assert len(added) == 5
        for recording in added:
            missed = EVENTS - len(recording.events)
            assert 0 < missed < EVENTS
            assert recording.events == plant.witness.events[missed:]

    virtually(main)


def test_one_that_subscribes_itself_again_while_called_gets_events_twice_from_then_on() -> None:
    async def main() -> None:
        plant = Plant()
        seen = []

        def twice(event: StatusEvent) -> None:
            seen.append(event)
            if len(seen) == 1:
                plant.tracker.subscribe(twice)

        plant.tracker.subscribe(twice)
        plant.check_all_processed(await plant.run())
        assert EVENTS < len(seen) < 2 * EVENTS
        plant.tracker.unsubscribe(twice)
        plant.tracker.unsubscribe(twice)
        assert [one.name for one in plant.tracker.get_delivery_stats()] == ["Recording"]

    virtually(main)


def test_what_a_subscriber_does_to_an_event_is_not_in_the_history() -> None:
    async def main() -> None:
        plant = Plant(task_attempts=1)

        def spoils(event: StatusEvent) -> None:
            with pytest.raises(AttributeError):
                event.status = "dropped"  # type: ignore[misc]
            if event.metadata:
                event.metadata.clear()

        async def fail(value: int) -> int:
            raise ValueError(value)

        plant.tracker.subscribe(spoils)
        plant.pipeline.stages[0].tasks = [fail]
        assert await plant.run() == []
        for item_id in range(ITEMS):
            event = plant.tracker.get_status(item_id)
            assert event is not None
            assert event.metadata["error"] == str(item_id)
        assert plant.delivery("spoils").errors == 0

    virtually(main)
