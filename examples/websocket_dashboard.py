"""A web page that shows a run live: one snapshot to start with, then every event.

    uvicorn --app-dir examples websocket_dashboard:app

Then open http://127.0.0.1:8000. It needs fastapi, uvicorn and websockets.
"""

import asyncio
import random
from typing import Any

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from fastapi.responses import HTMLResponse

from antflow import (
    DashboardSnapshot,
    Pipeline,
    PipelineDashboard,
    Stage,
    StatusEvent,
    StatusTracker,
)

ITEMS = 60

PAGE = """<!doctype html>
<title>antflow</title>
<h1>A run, live</h1>
<p id="stats">connecting …</p>
<table><thead><tr><th>worker<th>item<th>status</thead><tbody id="workers"></tbody></table>
<script>
  const rows = {};
  function show(worker, item, status) {
    if (!rows[worker]) {
      rows[worker] = document.getElementById("workers").insertRow();
      for (let i = 0; i < 3; i++) rows[worker].insertCell();
    }
    [worker, item ?? "", status].forEach((text, i) => rows[worker].cells[i].textContent = text);
  }
  const socket = new WebSocket(`ws://${location.host}/ws/dashboard`);
  socket.onmessage = ({data}) => {
    const message = JSON.parse(data);
    if (message.type === "event") {
      if (message.worker) show(message.worker, message.item_id, message.status);
      return;
    }
    for (const [name, state] of Object.entries(message.workers))
      show(name, state.current_item, state.status);
    document.getElementById("stats").textContent =
      `${message.stats.processed} processed, ${message.stats.failed} failed`;
  };
</script>
"""

app = FastAPI()


async def work(number: int) -> int:
    await asyncio.sleep(random.uniform(0.01, 0.05))
    if number % 20 == 7:
        raise ValueError(f"{number} does not work")
    return number * 2


def picture(kind: str, snapshot: DashboardSnapshot) -> dict[str, Any]:
    stats = snapshot.pipeline_stats
    return {
        "type": kind,
        "workers": {
            name: {"status": state.status, "current_item": state.current_item_id}
            for name, state in snapshot.worker_states.items()
        },
        "stats": {
            "processed": stats.items_processed,
            "failed": stats.items_failed,
            "queues": stats.queue_sizes,
        },
    }


@app.get("/")
async def page() -> HTMLResponse:
    return HTMLResponse(PAGE)


@app.websocket("/ws/dashboard")
async def dashboard_endpoint(websocket: WebSocket) -> None:
    await websocket.accept()
    tracker = StatusTracker()
    stages = [Stage("Work", workers=5, tasks=[work], task_attempts=2, task_wait_seconds=0.05)]
    pipeline = Pipeline(stages, status_tracker=tracker)
    dashboard = PipelineDashboard(pipeline, tracker)

    async def on_event(event: StatusEvent) -> None:
        await websocket.send_json(
            {
                "type": "event",
                "item_id": event.item_id,
                "status": event.status,
                "worker": event.worker,
                "timestamp": event.timestamp,
            }
        )

    await websocket.send_json(picture("init", dashboard.get_snapshot()))
    dashboard.subscribe(on_event)
    run = asyncio.create_task(pipeline.run(range(ITEMS)))
    closed = asyncio.create_task(_until_closed(websocket))
    # a page that is closed ends its run
    await asyncio.wait({run, closed}, return_when=asyncio.FIRST_COMPLETED)
    dashboard.unsubscribe(on_event)
    if not closed.done():
        await websocket.send_json(picture("end", dashboard.get_snapshot()))
        await websocket.close()
    for task in (run, closed):
        task.cancel()
    await asyncio.gather(run, closed, return_exceptions=True)


async def _until_closed(websocket: WebSocket) -> None:
    try:
        while True:
            await websocket.receive_text()
    except WebSocketDisconnect:
        return
