"""R7: whatever subscribers and displays do, no item and no event is lost without being counted."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from antflow import (
    Pipeline,
    PipelineDashboard,
    PipelineError,
    PipelineResult,
    Stage,
    StatusEvent,
    StatusTracker,
)
from antflow.testing import Recording, run_virtual, settle
from antflow.tracker import DeliveryStats, Overflow

ITEMS = 40
EVENTS = ITEMS * 6
"""Queued, in progress and completed, in two stages."""

BASES = [ValueError, SystemExit, asyncio.CancelledError, MemoryError, GeneratorExit]


async def work(value: int) -> int:
    await asyncio.sleep(0.01)
    return value


class Plant:
    """A tracked pipeline of two stages, with a witness who gets every event."""

    def __init__(self, **fields: Any) -> None:
        self.tracker = StatusTracker()
        self.witness = Recording()
        self.tracker.subscribe(self.witness)
        stages = [Stage("A", 3, [work], **fields), Stage("B", 3, [work])]
        self.pipeline = Pipeline(stages, status_tracker=self.tracker)

    async def run(self, **options: Any) -> list[PipelineResult]:
        """Bounded, and in a task that somebody may cancel."""
        self.task = asyncio.create_task(self.pipeline.run(range(ITEMS), **options))
        await asyncio.wait([self.task], timeout=1_000.0)
        assert self.task.done(), "the run hangs"
        assert self.idle(), asyncio.all_tasks()
        return self.task.result()

    @staticmethod
    def idle() -> bool:
        return asyncio.all_tasks() == {asyncio.current_task()}

    def check_all_processed(self, results: list[PipelineResult]) -> None:
        assert [result.id for result in results] == list(range(ITEMS))
        assert len(self.witness.events) == EVENTS
        stats = self.pipeline.get_stats()
        assert (stats.items_fed, stats.items_processed) == (ITEMS, ITEMS)

    def check_all_accounted_for(self) -> None:
        """After a run that was cut short: items, and events of the witness."""
        stats = self.pipeline.get_stats()
        assert stats.items_in_flight == 0
        assert stats.items_fed == stats.items_processed + stats.items_cancelled
        assert stats.items_processed == len(self.pipeline.results)
        assert stats.items_cancelled == len(self.pipeline.unprocessed)
        told = [(event.item_id, event.status, event.stage) for event in self.witness.events]
        kept = [
            (event.item_id, event.status, event.stage)
            for item_id in self.tracker.get_tracked_ids()
            for event in self.tracker.get_history(item_id)
        ]
        assert Counter(told) == Counter(kept)

    def delivery(self, name: str) -> DeliveryStats:
        (found,) = [one for one in self.tracker.get_delivery_stats() if name in one.name]
        return found


def virtually(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    run_virtual(main())


# -- raising --------------------------------------------------------------------------------------


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


# -- coming and going while called ------------------------------------------------------------------


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
        victim, count = Recording(), []

        def murderer(event: StatusEvent) -> None:
            count.append(event)
            if len(count) == 20:
                plant.tracker.unsubscribe(victim)
                count.append(len(victim.events))

        plant.tracker.subscribe(murderer)
        plant.tracker.subscribe(victim)
        plant.check_all_processed(await plant.run())
        assert len(victim.events) == count[20]
        assert victim.events == plant.witness.events[: count[20]]

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


# -- cutting the run short from inside a callback -----------------------------------------------------

SUBSCRIBER, SUCCESS, TASK_EVENT, UPDATE = "subscriber", "on_success", "on_task_start", "on_update"


def install(where: str, plant: Plant, act: Callable[[], Any]) -> dict[str, Any]:
    """Have `act` called once from there, at its fifth call; options for `run`."""
    calls = []

    async def callback(*args: Any) -> None:
        calls.append(args)
        if len(calls) == 5:
            await act()

    if where == SUBSCRIBER:
        plant.tracker.subscribe(callback)
    elif where == SUCCESS:
        plant.pipeline.stages[0].on_success = callback
    elif where == TASK_EVENT:
        plant.tracker.on_task_start = callback
    else:
        return {"custom_dashboard": Show(update=callback), "dashboard_update_interval": 0.01}
    return {}


class Show:
    """A display whose three methods do as they are told."""

    def __init__(
        self,
        start: Callable[..., Any] | None = None,
        update: Callable[..., Any] | None = None,
        finish: Callable[..., Any] | None = None,
    ) -> None:
        self._start, self._update, self._finish = start, update, finish
        self.calls: list[str] = []

    def on_start(self, *args: Any) -> Any:
        self.calls.append("start")
        return self._start(*args) if self._start else None

    def on_update(self, *args: Any) -> Any:
        self.calls.append("update")
        return self._update(*args) if self._update else None

    def on_finish(self, *args: Any) -> Any:
        self.calls.append("finish")
        return self._finish(*args) if self._finish else None


@pytest.mark.parametrize("timeout", [0.0, 5.0])
@pytest.mark.parametrize("where", [SUBSCRIBER, SUCCESS, TASK_EVENT, UPDATE])
def test_shutdown_from_inside_a_callback_does_not_deadlock(where: str, timeout: float) -> None:
    async def main() -> None:
        plant = Plant()
        done = []

        async def act() -> None:
            await plant.pipeline.shutdown(timeout)
            done.append(True)

        options = install(where, plant, act)
        try:
            await plant.run(**options)
        except PipelineError:
            assert plant.pipeline.get_stats().items_fed < ITEMS
        assert asyncio.get_running_loop().time() < 20.0
        assert done or where == SUCCESS  # a worker's callback ends with its worker
        plant.check_all_accounted_for()
        assert all(one.pending == 0 for one in plant.tracker.get_delivery_stats())
        assert not any(one.lost for one in plant.tracker.get_delivery_stats())
        rest = await plant.pipeline.run(plant.pipeline.unprocessed)
        assert plant.pipeline.get_stats().items_processed >= len(rest) > 0

    virtually(main)


@pytest.mark.parametrize("where", [SUBSCRIBER, SUCCESS, TASK_EVENT, UPDATE])
def test_a_callback_that_cancels_the_run_stops_it_with_every_item_accounted_for(
    where: str,
) -> None:
    async def main() -> None:
        plant = Plant()

        async def act() -> None:
            plant.task.cancel()

        options = install(where, plant, act)
        with pytest.raises(asyncio.CancelledError):
            await plant.run(**options)
        plant.check_all_accounted_for()
        assert plant.pipeline.unprocessed
        assert all(one.pending == 0 for one in plant.tracker.get_delivery_stats())

    virtually(main)


@pytest.mark.parametrize("where", [SUBSCRIBER, SUCCESS, TASK_EVENT, UPDATE])
def test_a_callback_that_starts_another_run_of_the_pipeline_is_refused(where: str) -> None:
    async def main() -> None:
        plant = Plant()
        errors = []

        async def act() -> None:
            try:
                await plant.pipeline.run([1, 2])
            except PipelineError as error:
                errors.append(error)

        options = install(where, plant, act)
        plant.check_all_processed(await plant.run(**options))
        assert len(errors) == 1

    virtually(main)


def test_two_subscribers_that_both_shut_down_do_not_wait_for_each_other_for_ever() -> None:
    async def main() -> None:
        plant = Plant()
        for _ in range(2):
            install(SUBSCRIBER, plant, plant.pipeline.shutdown)
        try:
            await plant.run()
        except PipelineError:
            pass
        plant.check_all_accounted_for()
        for one in plant.tracker.get_delivery_stats():
            assert one.pending == 0
            assert one.delivered + one.lost == len(plant.witness.events)

    virtually(main)


def test_shutdown_from_inside_a_task_gives_its_item_the_outcome_cancelled() -> None:
    async def main() -> None:
        plant = Plant()

        async def act(value: int) -> int:
            if value == 5:
                await plant.pipeline.shutdown()
            return await work(value)

        plant.pipeline.stages[0].tasks = [act]
        try:
            await plant.run()
        except PipelineError:
            pass
        assert 5 in [item.id for item in plant.pipeline.unprocessed]
        plant.check_all_accounted_for()

    virtually(main)


# -- displays -------------------------------------------------------------------------------------


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("kind", BASES)
def test_a_display_that_raises_everywhere_changes_nothing(
    kind: type[BaseException], asynchronous: bool
) -> None:
    def raises(*args: Any) -> None:
        raise kind("no")

    async def raises_later(*args: Any) -> None:
        await asyncio.sleep(0)
        raise kind("no")

    async def main() -> None:
        plant = Plant()
        how = raises_later if asynchronous else raises
        show = Show(how, how, how)
        results = await plant.run(custom_dashboard=show, dashboard_update_interval=0.02)
        plant.check_all_processed(results)
        assert show.calls[0] == "start"
        assert show.calls[-1] == "finish"
        assert show.calls.count("update") >= 3

    virtually(main)


@pytest.mark.parametrize("method", ["start", "update", "finish"])
def test_a_display_that_never_returns_holds_the_run_up_for_seconds_only(method: str) -> None:
    async def stalls(*args: Any) -> None:
        await asyncio.get_running_loop().create_future()

    async def main() -> None:
        plant = Plant()
        show = Show(**{method: stalls})
        plant.check_all_processed(await plant.run(custom_dashboard=show))
        assert asyncio.get_running_loop().time() < 20.0
        assert show.calls[-1] == "finish"

    virtually(main)


def test_a_display_that_shuts_the_pipeline_down_before_the_first_item_stops_the_run() -> None:
    async def main() -> None:
        plant = Plant()

        async def shut_down(*args: Any) -> None:
            await plant.pipeline.shutdown()

        try:
            results = await plant.run(custom_dashboard=Show(start=shut_down))
        except PipelineError:
            results = []
        assert results == []
        stats = plant.pipeline.get_stats()
        assert stats.items_fed == stats.items_cancelled == len(plant.pipeline.unprocessed)
        plant.check_all_accounted_for()

    virtually(main)


def test_a_dashboard_whose_callback_stops_it_or_shuts_down_does_not_deadlock() -> None:
    async def main() -> None:
        plant = Plant()
        seen = []

        async def on_update(snapshot: Any) -> None:
            seen.append(snapshot)
            if len(seen) == 3:
                await dashboard.stop_monitoring()
                await plant.pipeline.shutdown()

        dashboard = PipelineDashboard(plant.pipeline, plant.tracker, on_update, 0.01)
        run = asyncio.create_task(plant.pipeline.run(range(ITEMS)))
        async with dashboard:
            await asyncio.wait([run], timeout=1_000.0)
        assert run.done()
        assert run.exception() is None or isinstance(run.exception(), PipelineError)
        await settle()
        assert plant.idle()
        plant.check_all_accounted_for()
        assert len(seen) >= 3

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
