"""Steering workers, tasks and queues of a Celery cluster."""

from antflow.cluster.control.control import Control
from antflow.cluster.control.functions import (
    get_active_queue_names,
    task_abort,
    task_rate_limit,
    task_revoke,
    task_time_limit,
    worker_pool_autoscale,
    worker_pool_grow,
    worker_pool_restart,
    worker_pool_shrink,
    worker_queue_add_consumer,
    worker_queue_cancel_consumer,
    worker_shutdown,
)

__all__ = [
    "Control",
    "get_active_queue_names",
    "task_abort",
    "task_rate_limit",
    "task_revoke",
    "task_time_limit",
    "worker_pool_autoscale",
    "worker_pool_grow",
    "worker_pool_restart",
    "worker_pool_shrink",
    "worker_queue_add_consumer",
    "worker_queue_cancel_consumer",
    "worker_shutdown",
]
