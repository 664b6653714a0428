from collections import defaultdict
worker_stats = defaultdict(lambda: {"completed": 0, "failed": 0})
async def track_utilization(event):
    if event.status in ("completed", "failed") and event.worker_id is not None:
        worker_stats[event.worker_id][event.status] += 1
tracker = StatusTracker(on_status_change=track_utilization)
for worker_id, stats in sorted(worker_stats.items()):
    total = stats["completed"] + stats["failed"]
    success_rate = (stats["completed"] / total * 100) if total > 0 else 0
    print(f"Worker {worker_id}: {stats['completed']}/{total} ({success_rate:.1f}%)")
