"""Commands to workers as classes with `post`, and as functions, from antflow.

`post` returns what is to be awaited; it gives the worker's reply as it came. The current Celery
application is taken in the thread that calls `post`.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from antflow.cluster.control import (
    get_active_queue_names,
    worker_pool_autoscale,
    worker_pool_grow,
    worker_pool_restart,
    worker_pool_shrink,
    worker_queue_add_consumer,
    worker_queue_cancel_consumer,
    worker_shutdown,
)

__all__ = [
    "WorkerPoolAutoscale",
    "WorkerPoolGrow",
    "WorkerPoolRestart",
    "WorkerPoolShrink",
    "WorkerQueueAddConsumer",
    "WorkerQueueCancelConsumer",
    "WorkerShutDown",
    "get_active_queue_names",
    "worker_pool_autoscale",
    "worker_pool_grow",
    "worker_pool_restart",
    "worker_pool_shrink",
    "worker_queue_add_consumer",
    "worker_queue_cancel_consumer",
    "worker_shutdown",
]

Reply = Coroutine[Any, Any, Any]


class WorkerShutDown:
    """Has a worker finish its tasks and end."""

    def post(self, workername: str) -> Reply:
        """Do it."""
        return worker_shutdown(workername)


class WorkerPoolRestart:
    """Restarts a worker's pool."""

    def post(self, workername: str) -> Reply:
        """Do it."""
        return worker_pool_restart(workername)


class WorkerPoolGrow:
    """Adds processes to a worker's pool."""

    def post(self, workername: str, n: int = 1) -> Reply:
        """Add `n`."""
        return worker_pool_grow(workername, n)


class WorkerPoolShrink:
    """Takes processes from a worker's pool."""

    def post(self, workername: str, n: int = 1) -> Reply:
        """Take `n` away."""
        return worker_pool_shrink(workername, n)


class WorkerPoolAutoscale:
    """Sets the bounds of a worker's pool."""

    def post(self, workername: str, min: int, max: int) -> Reply:  # noqa: A002
        """Keep it between `min` and `max` processes."""
        return worker_pool_autoscale(workername, min, max)


class WorkerQueueAddConsumer:
    """Has a worker take tasks from a queue."""

    def post(self, workername: str, queue: str) -> Reply:
        """Take from `queue`."""
        return worker_queue_add_consumer(workername, queue)


class WorkerQueueCancelConsumer:
    """Has a worker take no more tasks from a queue."""

    def post(self, workername: str, queue: str) -> Reply:
        """Take no more from `queue`."""
        return worker_queue_cancel_consumer(workername, queue)
