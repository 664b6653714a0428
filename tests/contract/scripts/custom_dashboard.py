"""Dashboards of one's own: by protocol, and by the base class."""

import asyncio
from typing import Any

from antflow import DashboardProtocol, DashboardSnapshot, Pipeline, Stage
from antflow.display import BaseDashboard


class Log:
    def __init__(self) -> None:
        self.updates: list[int] = []

    def on_start(self, pipeline: Any, total_items: Any) -> None:
        print("start", [stage.name for stage in pipeline.stages], total_items)

    def on_update(self, snapshot: DashboardSnapshot) -> None:
        self.updates.append(snapshot.pipeline_stats.items_processed)

    def on_finish(self, results: Any, summary: Any) -> None:
        print("finish", len(results), summary.total_failed)


class Counter(BaseDashboard):
    """Draws by itself, so that `render` returns nothing."""

    last = -1

    def render(self, snapshot: DashboardSnapshot) -> None:
        self.last = snapshot.pipeline_stats.items_processed

    def on_finish(self, results: Any, summary: Any) -> None:
        super().on_finish(results, summary)
        print("counted", len(results), self.last >= 0)


async def work(number: int) -> int:
    await asyncio.sleep(0.002)
    return number


async def main() -> None:
    log = Log()
    print(isinstance(log, DashboardProtocol))
    pipeline = Pipeline([Stage("Work", 2, [work])])
    results = await pipeline.run(range(20), custom_dashboard=log, dashboard_update_interval=0.005)
    print(len(results), log.updates[0], log.updates[-1], log.updates == sorted(log.updates))

    await Pipeline([Stage("Work", 2, [work])]).run(range(4), custom_dashboard=Counter())


asyncio.run(main())
