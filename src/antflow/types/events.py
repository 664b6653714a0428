"""What happened to an item: in a stage, and in an attempt of a task."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from antflow.records import FrozenDict, answer_as_dataclasses

StatusType = Literal[
    "queued", "in_progress", "completed", "failed", "retrying", "skipped", "dropped", "cancelled"
]
TaskEventType = Literal["start", "complete", "retry", "fail"]


_NO_METADATA = FrozenDict()


class StatusEvent(Struct, frozen=True, gc=False):
    """An item changed its status in a stage.

    Attributes:
        item_id: the item's id.
        stage: the stage's name.
        status: the new status.
        worker: `"Fetch-W0"`; None while no worker has the item.
        timestamp: Unix seconds.
        metadata: for `failed`: error (text), error_type (class name), attempts; for `retrying`
            the same with retry=True and attempt, the number of the coming attempt (2 first).
    """

    item_id: Any
    stage: str | None
    status: StatusType
    worker: str | None
    timestamp: float
    metadata: dict[str, Any] = _NO_METADATA

    @property
    def worker_id(self) -> int | None:
        """The number after `-W` in the worker's name, or None."""
        if self.worker is None:
            return None
        digits = self.worker.rpartition("-W")[2]
        return int(digits) if digits.isdecimal() else None


class TaskEvent(Struct, frozen=True):
    """One attempt of one task of an item started or ended.

    Attributes:
        item_id: the item's id.
        stage: the stage's name.
        task_name: the task's name.
        worker: the worker's name.
        event_type: `start`, then `complete`, `retry` (another attempt follows) or `fail`.
        attempt: number of the attempt, from 1.
        timestamp: Unix seconds.
        error: the exception, for `retry` and `fail`.
        duration: seconds that the attempt took; None for `start`.
    """

    item_id: Any
    stage: str
    task_name: str
    worker: str
    event_type: TaskEventType
    attempt: int
    timestamp: float
    error: BaseException | None = None
    duration: float | None = None


answer_as_dataclasses(StatusEvent, TaskEvent)
