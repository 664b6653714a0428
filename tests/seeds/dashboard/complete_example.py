import asyncio
from antflow import Pipeline, PipelineDashboard, Stage, StatusTracker

async def process_item(x: int) -> int:
    await asyncio.sleep(0.1)
    return x * 2

async def print_updates(snapshot):
    active = sum(1 for s in snapshot.worker_states.values() if s.status == "busy")
    print(f"[{snapshot.timestamp:.1f}] Active: {active}, "
          f"Processed: {snapshot.pipeline_stats.items_processed}")

async def main():
    tracker = StatusTracker()

    stage = Stage(name="Process", workers=5, tasks=[process_item])
    pipeline = Pipeline(stages=[stage], status_tracker=tracker)

    dashboard = PipelineDashboard(
        pipeline,
        tracker,
        on_update=print_updates,
        update_interval=2.0
    )

    async with dashboard:
        print("Starting processing...")
        results = await pipeline.run(range(50))
        print(f"\nCompleted! Processed {len(results)} items")

    print("\nFinal metrics:")
    for worker, metrics in dashboard.get_worker_metrics().items():
        if metrics.items_processed > 0:
            print(f"  {worker}: {metrics.items_processed} items, "
                  f"avg {metrics.avg_processing_time:.3f}s")

    utilization = dashboard.get_worker_utilization()
    avg_util = sum(utilization.values()) / len(utilization)
    print(f"\nAverage utilization: {avg_util*100:.1f}%")

asyncio.run(main())
