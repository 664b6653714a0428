from collections import defaultdict
worker_errors = defaultdict(int)
async def track_errors(event):
    if event.status == "failed" and event.worker_id is not None:
        worker_errors[event.worker_id] += 1
        error = event.metadata.get("error", "Unknown")
        print(f"Worker {event.worker_id} error: {error}")
tracker = StatusTracker(on_status_change=track_errors)
for worker_id, error_count in worker_errors.items():
    print(f"Worker {worker_id} had {error_count} errors")
