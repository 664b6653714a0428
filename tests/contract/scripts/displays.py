"""Every built-in display, out of sight."""

import asyncio
import contextlib
import io

from antflow import Pipeline, Stage
from antflow.display import (
    BaseDashboard,
    CompactDashboard,
    DetailedDashboard,
    FullDashboard,
    ProgressDisplay,
)


async def work(number: int) -> int:
    if number == 3:
        raise ValueError("three")
    return number


def pipeline() -> Pipeline:
    return Pipeline([Stage("Work", 2, [work], task_attempts=1)])


async def main() -> None:
    for options in (
        {"progress": True},
        {"dashboard": "compact"},
        {"dashboard": "detailed"},
        {"dashboard": "full"},
        {"custom_dashboard": ProgressDisplay(total=5, width=10)},
        {"custom_dashboard": CompactDashboard(refresh_rate=2.0)},
        {"custom_dashboard": DetailedDashboard()},
    ):
        screen = io.StringIO()
        with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(screen):
            results = await pipeline().run(range(5), **options)
        print(list(options), [result.value for result in results])
    full = FullDashboard(max_items_shown=5)
    print(full.max_items_shown, isinstance(full, BaseDashboard))
    for wrong in ({"progress": True, "dashboard": "compact"}, {"dashboard": "huge"}):
        try:
            await pipeline().run(range(5), **wrong)
        except ValueError as error:
            print("ValueError", "Cannot use both" in str(error))


asyncio.run(main())
