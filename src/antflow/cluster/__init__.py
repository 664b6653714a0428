"""Celery clusters: inspect workers, follow tasks by events, steer both.

Names are loaded when they are first used, so that one of them does not cost all the others.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from antflow.cluster.alerts import AlertRule
    from antflow.cluster.application import application_of, find_application
    from antflow.cluster.cluster import Cluster
    from antflow.cluster.control import (
        Control,
        get_active_queue_names,
        worker_pool_autoscale,
        worker_pool_grow,
        worker_pool_restart,
        worker_pool_shrink,
        worker_queue_add_consumer,
        worker_queue_cancel_consumer,
        worker_shutdown,
    )
    from antflow.cluster.events import Events
    from antflow.cluster.history import History
    from antflow.cluster.inspector import Inspector
    from antflow.cluster.state import ClusterState, TaskRecord, WorkerRecord

_HOMES = {
    "AlertRule": "alerts",
    "application_of": "application",
    "find_application": "application",
    "Cluster": "cluster",
    "Control": "control",
    "get_active_queue_names": "control",
    "worker_pool_autoscale": "control",
    "worker_pool_grow": "control",
    "worker_pool_restart": "control",
    "worker_pool_shrink": "control",
    "worker_queue_add_consumer": "control",
    "worker_queue_cancel_consumer": "control",
    "worker_shutdown": "control",
    "Events": "events",
    "History": "history",
    "Inspector": "inspector",
    "ClusterState": "state",
    "TaskRecord": "state",
    "WorkerRecord": "state",
}

__all__ = [
    "AlertRule",
    "Cluster",
    "ClusterState",
    "Control",
    "Events",
    "History",
    "Inspector",
    "TaskRecord",
    "WorkerRecord",
    "application_of",
    "find_application",
    "get_active_queue_names",
    "worker_pool_autoscale",
    "worker_pool_grow",
    "worker_pool_restart",
    "worker_pool_shrink",
    "worker_queue_add_consumer",
    "worker_queue_cancel_consumer",
    "worker_shutdown",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
