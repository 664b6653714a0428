"""The application of the benchmark's workers; its broker is named by the environment."""

from __future__ import annotations

import os

from celery import Celery

app = Celery(
    "bench",
    broker=os.environ.get("BENCH_BROKER", "redis://127.0.0.1:6379/0"),
    backend=os.environ.get("BENCH_BACKEND", "redis://127.0.0.1:6379/1"),
)
app.conf.worker_send_task_events = True
app.conf.task_send_sent_event = True
app.conf.broker_connection_retry_on_startup = True


@app.task(name="bench.add")
def add(x: int, y: int) -> int:
    """The sum."""
    return x + y
