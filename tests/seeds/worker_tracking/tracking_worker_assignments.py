from antflow import StatusTracker
from collections import defaultdict
item_to_worker = {}
worker_activity = defaultdict(list)
async def on_status_change(event):
    if event.status == "in_progress":
        item_to_worker[event.item_id] = event.worker_id
        worker_activity[event.worker_id].append(event.item_id)
        print(f"Worker {event.worker_id} started processing {event.item_id}")
tracker = StatusTracker(on_status_change=on_status_change)
pipeline = Pipeline(stages=[stage], status_tracker=tracker)
results = await pipeline.run(items)
for worker_id in sorted(worker_activity.keys()):
    items_count = len(worker_activity[worker_id])
    print(f"Worker {worker_id} processed {items_count} items")
