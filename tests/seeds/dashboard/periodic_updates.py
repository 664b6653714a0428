async def print_status(snapshot):
    active = sum(1 for s in snapshot.worker_states.values() if s.status == "busy")
    print(f"Active: {active}, Processed: {snapshot.pipeline_stats.items_processed}")

dashboard = PipelineDashboard(
    pipeline,
    tracker,
    on_update=print_status,
    update_interval=2.0
)

async with dashboard:
    await pipeline.run(items)
