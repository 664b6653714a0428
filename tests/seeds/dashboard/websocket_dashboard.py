from fastapi import FastAPI, WebSocket
from antflow import Pipeline, PipelineDashboard, Stage, StatusTracker

app = FastAPI()

@app.websocket("/ws/dashboard")
async def dashboard_endpoint(websocket: WebSocket):
    await websocket.accept()

    tracker = StatusTracker()
    pipeline = Pipeline(stages=[stage], status_tracker=tracker)
    dashboard = PipelineDashboard(pipeline, tracker)

    initial = dashboard.get_snapshot()
    await websocket.send_json({
        "type": "init",
        "workers": {
            name: {
                "status": state.status,
                "current_item": state.current_item_id
            }
            for name, state in initial.worker_states.items()
        },
        "stats": {
            "processed": initial.pipeline_stats.items_processed,
            "failed": initial.pipeline_stats.items_failed,
            "queues": initial.pipeline_stats.queue_sizes
        }
    })

    async def on_event(event):
        await websocket.send_json({
            "type": "event",
            "item_id": event.item_id,
            "status": event.status,
            "worker": event.worker,
            "timestamp": event.timestamp
        })

    dashboard.subscribe(on_event)

    asyncio.create_task(pipeline.run(items))
