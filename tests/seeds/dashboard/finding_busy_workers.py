states = pipeline.get_worker_states()

busy_workers = [
    (name, state.current_item_id)
    for name, state in states.items()
    if state.status == "busy"
]

print(f"Busy workers: {len(busy_workers)}")
for worker, item_id in busy_workers:
    print(f"  {worker} processing item {item_id}")
