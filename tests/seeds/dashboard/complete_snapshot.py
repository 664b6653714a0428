snapshot = pipeline.get_dashboard_snapshot()

print(f"Timestamp: {snapshot.timestamp}")
print(f"Active workers: {sum(1 for s in snapshot.worker_states.values() if s.status == 'busy')}")
print(f"Total processed: {snapshot.pipeline_stats.items_processed}")
print(f"Total failed: {snapshot.pipeline_stats.items_failed}")
print(f"Queue sizes: {snapshot.pipeline_stats.queue_sizes}")

for worker, metrics in snapshot.worker_metrics.items():
    if metrics.items_processed > 0:
        print(f"  {worker}: {metrics.items_processed} items")
