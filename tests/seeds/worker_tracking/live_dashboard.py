from antflow import StatusTracker
async def update_worker_dashboard(event):
    if event.status == "in_progress":
        await websocket.send_json({
            "worker_id": event.worker_id,
            "worker_name": event.worker,
            "item_id": event.item_id,
            "stage": event.stage,
            "timestamp": event.timestamp
        })
tracker = StatusTracker(on_status_change=update_worker_dashboard)
