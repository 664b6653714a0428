"""What a worker does now, and what it has done."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from antflow.records import answer_as_dataclasses

WorkerStatus = Literal["idle", "busy"]


class WorkerState(Struct, frozen=True):
    """What one worker is doing now.

    Attributes:
        worker_name: `"Fetch-W0"`.
        stage: the stage's name.
        status: `busy` while it holds an item, else `idle`.
        current_item_id: id of that item, or None.
        current_task: the running task's name, or the text it gave to `set_task_status`.
        processing_since: Unix seconds when it took the item, or None.
        waiting_for: None while a task runs; else what holds the worker up: `room` in the next
            stage, `retry`, a `rate` or another `limit` of the stage, `callback`, or `thread`
            (one that timed out and still runs).
    """

    worker_name: str
    stage: str
    status: WorkerStatus
    current_item_id: Any = None
    current_task: str | None = None
    processing_since: float | None = None
    waiting_for: str | None = None


class WorkerMetrics(Struct, frozen=True):
    """What one worker has done so far, over all runs.

    Attributes:
        worker_name: `"Fetch-W0"`.
        stage: the stage's name.
        items_processed: items it completed.
        items_failed: items that failed for good in its hands.
        total_processing_time: seconds spent in tasks (waiting apart).
        last_active: Unix seconds when it last ended an item, or None.
    """

    worker_name: str
    stage: str
    items_processed: int = 0
    items_failed: int = 0
    total_processing_time: float = 0.0
    last_active: float | None = None

    @property
    def avg_processing_time(self) -> float:
        """Seconds per item (processed or failed); 0.0 before the first."""
        items = self.items_processed + self.items_failed
        return self.total_processing_time / items if items else 0.0


answer_as_dataclasses(WorkerState, WorkerMetrics)
