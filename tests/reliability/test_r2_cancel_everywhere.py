"""R2: wherever a run is cancelled or shut down, each item has one outcome and nothing stays."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import aclosing
from typing import Any

import pytest
from stepped_loop import Trigger, at_every_moment, run_stepped

from antflow import DROP, Item, Pipeline, PipelineError, Stage, StatusTracker
from antflow.testing import settle

ITEMS = 20
DROPPED, SKIPPED, FAILING = range(0, ITEMS, 9), range(1, ITEMS, 5), range(2, ITEMS, 6)
SETUPS = ("plain", "bounded", "pull", "retries", "stage retries", "waits", "subscriber", "mixed")
NIGHTLY = bool(os.environ.get("ANTFLOW_NIGHTLY"))


def by_day(*setups: str) -> tuple[str, ...]:
    """These setups; at night all of them."""
    return SETUPS if NIGHTLY else setups


class Plant:
    """Three stages of tasks, some of which go wrong; the trigger is touched in each call."""

    def __init__(self, setup: str, trigger: Trigger | None = None) -> None:
        self.setup = setup
        self.touch = trigger.touch if trigger is not None else lambda: None
        self.calls: Counter[tuple[str, int]] = Counter()
        self.tracker = StatusTracker(buffer=4, drain_timeout=2.0) if self._tracked else None
        if self.tracker is not None:
            self.tracker.subscribe(self._slow)
        stages = [self._stage(name) for name in "ABC"]
        self.pipeline = Pipeline(stages, status_tracker=self.tracker)
        self.source = iter(range(ITEMS))
        self.taken: list[int] = []

    @property
    def _tracked(self) -> bool:
        return self.setup in ("subscriber", "mixed")

    async def _slow(self, event: Any) -> None:
        self.touch()
        if event.item_id % 5 == 4:
            await asyncio.sleep(0.001)

    def _stage(self, name: str) -> Stage:
        async def first(value: int) -> Any:
            return await self._work(name, value)

        async def second(value: int) -> int:
            await asyncio.sleep(0)
            return value

        mixed = self.setup == "mixed"
        waits = 0.01 if self.setup in ("waits", "mixed") else 0.0
        return Stage(
            name,
            2,
            [first, second],
            retry="per_stage" if self.setup == "stage retries" else "per_task",
            task_attempts=2,
            stage_attempts=2,
            task_wait_seconds=waits,
            queue_capacity=1 if self.setup in ("bounded", "waits", "mixed") else None,
            pull=self.setup == "pull" and name != "A",
            skip_if=(lambda value: value in SKIPPED) if mixed else None,
            on_success=self._told if mixed else None,
            on_failure=self._told if mixed else None,
        )

    async def _told(self, *args: Any) -> None:
        self.touch()
        await asyncio.sleep(0.001)

    async def _work(self, name: str, value: int) -> Any:
        self.touch()
        self.calls[name, value] += 1
        first_call = self.calls[name, value] == 1
        if self._fails and value in FAILING and (name == "C" or first_call):
            raise ValueError(value)
        if self.setup == "mixed" and name == "B" and value in DROPPED:
            return DROP
        await asyncio.sleep(0.001 * (value % 3))
        return value

    def items(self) -> Iterator[int]:
        """What is left of the source; remembers what was taken."""
        for value in self.source:
            self.taken.append(value)
            yield value

    # -- accounts ---------------------------------------------------------------------------

    def settled(self) -> list[int]:
        """The ids that have their outcome now, results of the last run and failures of all."""
        failed = [item.item_id for item in self.pipeline.get_error_summary().failed_items]
        return [result.id for result in self.pipeline.results] + failed

    def check(self) -> None:
        """Each item taken from the source has one outcome, and the sums agree."""
        stats, left = self.pipeline.get_stats(), [item.id for item in self.pipeline.unprocessed]
        ids = self.settled() + left
        assert len(set(ids)) == len(ids), "an item has two outcomes"
        assert stats.items_fed == len(self.taken)
        assert stats.items_cancelled == len(left)
        assert stats.items_processed == len(self.pipeline.results)
        assert stats.items_failed == len(ids) - len(left) - len(self.pipeline.results)
        dropped = set(self.taken) - set(ids)
        assert len(dropped) == stats.items_dropped, "an item has no outcome"
        assert dropped <= set(DROPPED)
        assert stats.items_in_flight == 0
        assert not any(stage.in_progress_items for stage in stats.stage_stats.values())
        if self.tracker is not None:
            counts = self.tracker.get_stats()
            assert counts["queued"] == counts["in_progress"] == counts["retrying"] == 0
            assert counts.get("cancelled", 0) == len(left)

    async def work_off_the_rest(self) -> None:
        """The pipeline is usable again: the rest of the items get their outcomes."""
        before, left = self.settled(), list(self.pipeline.unprocessed)
        rest = [Item(value, value) for value in self.source]
        await self.pipeline.run([*left, *rest])
        failed_before = self.pipeline.get_error_summary().total_failed
        after = [result.id for result in self.pipeline.results]
        assert not set(after) & set(before)
        ended = set(before) | set(after)
        ended |= {item.item_id for item in self.pipeline.get_error_summary().failed_items}
        assert ended | set(DROPPED) >= set(range(ITEMS))
        assert failed_before == len(FAILING) if self._fails else not failed_before
        assert self.pipeline.get_stats().items_in_flight == 0

    @property
    def _fails(self) -> bool:
        return self.setup in ("retries", "stage retries", "waits", "mixed")


def no_task_left() -> bool:
    return asyncio.all_tasks() == {asyncio.current_task()}


async def end_of(task: asyncio.Task[Any]) -> None:
    """Wait for a cancelled or shut down run; anything else that it raises is an error."""
    await asyncio.wait([task], timeout=1_000)
    assert task.done(), "the run hangs"
    if not task.cancelled() and (error := task.exception()) is not None:
        assert isinstance(error, PipelineError), error


async def stop_and_check(plant: Plant, trigger: Trigger, stop: Callable[..., Any]) -> None:
    run = asyncio.create_task(plant.pipeline.run(plant.items()))
    trigger.act = lambda: stop(plant, run)
    await end_of(run)
    trigger.act = None
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        if task.get_name() == "stop":
            await task
    plant.check()
    assert no_task_left()
    await plant.work_off_the_rest()
    assert no_task_left()


def cancel(plant: Plant, run: asyncio.Task[Any]) -> None:
    run.cancel()


def shut_down(timeout: float) -> Callable[..., None]:
    def stop(plant: Plant, run: asyncio.Task[Any]) -> None:
        run.get_loop().create_task(plant.pipeline.shutdown(timeout), name="stop")

    return stop


@pytest.mark.parametrize("setup", SETUPS)
def test_cancelled_before_any_round_of_the_loop(setup: str) -> None:
    def attempt(trigger: Trigger) -> None:
        run_stepped(stop_and_check(Plant(setup), trigger, cancel), trigger)

    assert at_every_moment(attempt) > 20


@pytest.mark.parametrize("setup", by_day("plain", "retries", "mixed"))
def test_cancelled_from_inside_any_call_of_a_task_a_callback_or_a_subscriber(setup: str) -> None:
    def attempt(trigger: Trigger) -> None:
        run_stepped(stop_and_check(Plant(setup, trigger), trigger, cancel), Trigger(0))

    assert at_every_moment(attempt) >= 3 * ITEMS


@pytest.mark.parametrize("setup", by_day("bounded", "subscriber"))
@pytest.mark.parametrize("rounds", [1, 3])
def test_cancelled_twice_before_any_round(setup: str, rounds: int) -> None:
    """The second cancellation meets the run while it stops for the first."""

    def cancel_twice(plant: Plant, run: asyncio.Task[Any]) -> None:
        async def again() -> None:
            await settle(rounds)
            run.cancel()

        run.cancel()
        run.get_loop().create_task(again(), name="stop")

    def attempt(trigger: Trigger) -> None:
        run_stepped(stop_and_check(Plant(setup), trigger, cancel_twice), trigger)

    assert at_every_moment(attempt) > 20


@pytest.mark.parametrize(
    ("setup", "timeout"),
    [
        *[(setup, 5.0) for setup in SETUPS],
        *[(setup, seconds) for setup in by_day("plain", "bounded") for seconds in (0.0, 0.002)],
    ],
)
def test_shut_down_before_any_round(setup: str, timeout: float) -> None:
    def attempt(trigger: Trigger) -> None:
        run_stepped(stop_and_check(Plant(setup), trigger, shut_down(timeout)), trigger)

    assert at_every_moment(attempt) > 20


# -- stream ---------------------------------------------------------------------------------------


def check_stream(plant: Plant, seen: list[int]) -> None:
    """What was shown to the consumer has its outcome; the rest of the items, too."""
    stats, left = plant.pipeline.get_stats(), [item.id for item in plant.pipeline.unprocessed]
    assert len(set(seen)) == len(seen)
    assert len(set(left)) == len(left) == stats.items_cancelled
    assert not set(seen) & set(left)
    ended = stats.items_processed + stats.items_failed + stats.items_dropped
    assert stats.items_fed == len(plant.taken) == ended + len(left)
    assert len(seen) <= stats.items_processed + stats.items_failed
    assert stats.items_in_flight == 0


async def stream_the_rest(plant: Plant) -> None:
    left, rest = list(plant.pipeline.unprocessed), [Item(value, value) for value in plant.source]
    again = [result.id async for result in plant.pipeline.stream([*left, *rest])]
    assert len(set(again)) == len(again)
    stats = plant.pipeline.get_stats()
    assert stats.items_processed + stats.items_failed + stats.items_dropped == ITEMS


@pytest.mark.parametrize("closing", [True, False], ids=["closed", "only left"])
@pytest.mark.parametrize("buffer", [None, 0, 1])
@pytest.mark.parametrize("setup", by_day("plain", "retries", "mixed"))
def test_stream_left_at_any_result(setup: str, buffer: int | None, closing: bool) -> None:
    async def leave_at(number: int) -> bool:
        plant, seen = Plant(setup), []
        stream = plant.pipeline.stream(plant.items(), buffer_size=buffer)
        async for result in stream:
            seen.append(result.id)
            if len(seen) == number:
                break
        if closing:
            await stream.aclose()
        del stream
        await asyncio.sleep(10.0)
        check_stream(plant, seen)
        assert no_task_left()
        await stream_the_rest(plant)
        assert no_task_left()
        return len(seen) == number

    number = 1
    while run_stepped(leave_at(number), Trigger(0)):
        number += 1
    assert number > ITEMS - len(DROPPED)


@pytest.mark.parametrize("setup", by_day("plain", "pull"))
@pytest.mark.parametrize("buffer", [None, 0])
def test_consumer_of_a_stream_cancelled_before_any_round(setup: str, buffer: int | None) -> None:
    async def consume(plant: Plant, seen: list[int]) -> None:
        async with aclosing(plant.pipeline.stream(plant.items(), buffer_size=buffer)) as stream:
            async for result in stream:
                seen.append(result.id)
                await asyncio.sleep(0)

    async def main(trigger: Trigger) -> None:
        plant, seen = Plant(setup), list[int]()
        consumer = asyncio.create_task(consume(plant, seen))
        trigger.act = lambda: consumer.cancel()
        await end_of(consumer)
        trigger.act = None
        check_stream(plant, seen)
        assert no_task_left()
        await stream_the_rest(plant)

    def attempt(trigger: Trigger) -> None:
        run_stepped(main(trigger), trigger)

    assert at_every_moment(attempt) > 20
