"""PipelineDashboard: queries, subscriptions and periodic updates together."""

import asyncio

from antflow import (
    DashboardSnapshot,
    Pipeline,
    PipelineDashboard,
    Stage,
    StatusEvent,
    StatusTracker,
)


async def work(number: int) -> int:
    if number == 2:
        raise ValueError("two")
    return number


async def main() -> None:
    seen: list[str] = []
    tracked: list[str] = []
    snapshots: list[DashboardSnapshot] = []

    async def on_event(event: StatusEvent) -> None:
        seen.append(event.status)

    async def on_status_change(event: StatusEvent) -> None:
        tracked.append(event.status)

    def never(event: StatusEvent) -> None:
        print("not subscribed any more")

    tracker = StatusTracker(on_status_change=on_status_change)
    stage = Stage("Work", workers=1, tasks=[work], task_attempts=1)
    pipeline = Pipeline([stage], status_tracker=tracker)
    dashboard = PipelineDashboard(
        pipeline, tracker, on_update=snapshots.append, update_interval=0.01
    )
    print(dashboard.get_worker_utilization(), len(dashboard.get_active_workers()))
    dashboard.subscribe(on_event)
    dashboard.subscribe(never)
    dashboard.unsubscribe(never)
    dashboard.unsubscribe(never)
    async with dashboard:
        print([result.value for result in await pipeline.run(range(4))])
    print(sorted(set(seen)), seen.count("completed"), seen == tracked)
    print(snapshots[-1].pipeline_stats.items_processed, snapshots[-1].pipeline_stats.items_failed)
    print(dashboard.get_worker_utilization())
    print(dashboard.get_stats().items_processed, dashboard.get_snapshot().timestamp > 0)
    print(list(dashboard.get_worker_states()), list(dashboard.get_worker_metrics()))
    print(len(dashboard.get_active_workers()), len(dashboard.get_idle_workers()))
    await dashboard.start_monitoring()
    await dashboard.start_monitoring()
    await dashboard.stop_monitoring()
    await dashboard.stop_monitoring()


asyncio.run(main())
