async def monitor_pipeline(pipeline):
    while True:
        await asyncio.sleep(1.0)

        states = pipeline.get_worker_states()
        metrics = pipeline.get_worker_metrics()
        stats = pipeline.get_stats()

        busy_count = sum(1 for s in states.values() if s.status == "busy")

        print(f"\rActive: {busy_count}/{len(states)} | "
              f"Processed: {stats.items_processed} | "
              f"Failed: {stats.items_failed}",
              end="", flush=True)

        if stats.items_in_flight == 0 and busy_count == 0:
            break

asyncio.create_task(monitor_pipeline(pipeline))
await pipeline.run(items)
