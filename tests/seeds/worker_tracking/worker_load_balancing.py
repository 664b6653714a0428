from collections import defaultdict
worker_times = defaultdict(list)
async def track_performance(event):
    if event.status == "in_progress":
        start_times[event.item_id] = event.timestamp
    elif event.status == "completed":
        duration = event.timestamp - start_times[event.item_id]
        worker_times[event.worker_id].append(duration)
tracker = StatusTracker(on_status_change=track_performance)
for worker_id, times in worker_times.items():
    avg_time = sum(times) / len(times)
    print(f"Worker {worker_id}: avg {avg_time:.2f}s per item")
