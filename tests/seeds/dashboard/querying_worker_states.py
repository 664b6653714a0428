states = pipeline.get_worker_states()

for worker_name, state in states.items():
    print(f"{worker_name}:")
    print(f"  Status: {state.status}")  # "idle" or "busy"
    print(f"  Current item: {state.current_item_id}")
    print(f"  Processing since: {state.processing_since}")
