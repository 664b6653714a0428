"""R7: callbacks that cancel the run, shut it down or start another while it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from crowd import ITEMS, Plant, Show, virtually, work

from antflow import PipelineDashboard, PipelineError
from antflow.testing import settle

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
        with suppress(PipelineError):
            await plant.run()
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
        with suppress(PipelineError):
            await plant.run()
        assert 5 in [item.id for item in plant.pipeline.unprocessed]
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
