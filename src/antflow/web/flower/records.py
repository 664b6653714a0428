"""A task as Flower's routes give it: 31 fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from antflow.redaction import Redactor

if TYPE_CHECKING:
    from antflow.cluster.state import ClusterState, TaskRecord

PLAIN: Final = (
    *("name", "state", "worker", "client"),
    *("received", "sent", "started", "rejected", "succeeded", "failed", "retried", "revoked"),
    *("eta", "expires", "retries", "timestamp", "runtime", "exchange", "routing_key", "clock"),
    *("root_id", "parent_id"),
)
TEXTS: Final = ("args", "kwargs", "result", "exception", "traceback")


def task_fields(record: TaskRecord, state: ClusterState, redactor: Redactor) -> dict[str, Any]:
    """The fields by name; times in Unix seconds, `children` the ids of its children."""
    fields: dict[str, Any] = {"uuid": record.uuid}
    for name in PLAIN:
        fields[name] = getattr(record, name)
    for name in TEXTS:
        text = getattr(record, name)
        fields[name] = text if text is None else redactor.text(text)
    fields["root"] = record.root_id
    fields["parent"] = record.parent_id
    fields["children"] = [child.uuid for child in state.children(record.uuid)]
    return fields
