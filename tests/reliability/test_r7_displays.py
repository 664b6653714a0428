"""R7: displays that raise, stall or shut the pipeline down change no item's outcome."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from crowd import BASES, Plant, Show, virtually

from antflow import PipelineError


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
