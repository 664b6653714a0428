"""Celery's events as the status events that local pipelines give.

| Celery's event | status |
|---|---|
| task-sent, task-received | queued |
| task-started | in_progress |
| task-succeeded | completed |
| task-failed | failed |
| task-retried | retrying |
| task-revoked, task-rejected | cancelled |

The stage of a task is its type. Events are passed on as they come: late and doubled ones too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from antflow.cluster.exception_class import exception_class
from antflow.types import StatusEvent, StatusType

if TYPE_CHECKING:
    from antflow.cluster.state import TaskRecord

STATUS_OF: dict[str, StatusType] = {
    "task-sent": "queued",
    "task-received": "queued",
    "task-started": "in_progress",
    "task-succeeded": "completed",
    "task-failed": "failed",
    "task-retried": "retrying",
    "task-revoked": "cancelled",
    "task-rejected": "cancelled",
}
"""Status by the type of an event."""


def status_event(event: Mapping[str, Any], tasks: Mapping[str, TaskRecord]) -> StatusEvent | None:
    """A raw event as a status event; None for heartbeats and for what cannot be read."""
    status = STATUS_OF.get(str(event.get("type")))
    uuid, at = event.get("uuid"), event.get("timestamp")
    if status is None or not isinstance(uuid, str) or not isinstance(at, (int, float)):
        return None
    record = tasks.get(uuid)
    name = event.get("name") or (record.name if record else None)
    # task-sent names its sender as hostname, which is no worker.
    worker = None if event["type"] == "task-sent" else event.get("hostname")
    return StatusEvent(
        uuid, _text(name), status, _text(worker), float(at), _metadata(event, status, record)
    )


def _metadata(
    event: Mapping[str, Any], status: StatusType, record: TaskRecord | None
) -> dict[str, Any]:
    if status not in {"failed", "retrying"}:
        return {}
    error = str(event.get("exception") or "")
    told: dict[str, Any] = {"error": error, "error_type": exception_class(error)}
    attempts = (record.retries if record else 0) + 1
    if status == "retrying":
        return told | {"retry": True, "attempt": attempts + 1}
    return told | {"attempts": attempts}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
