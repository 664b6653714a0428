"""The commands as functions: `await worker_pool_grow("celery@host", 2)`.

Each takes the current Celery application when it is called, in the caller's thread, unless it is
given one, and returns what is to be awaited. What a command to a worker gives is the worker's
reply as it came, such as `{"ok": "pool will grow"}`. They raise what `Control` raises.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, Final, TypeVar

from celery import Celery, current_app

from antflow.cluster.control import workers
from antflow.cluster.control.commander import Commander
from antflow.cluster.control.control import Control
from antflow.source import Answer

T = TypeVar("T")

TIMEOUT: Final = 2.0
"""Seconds until a reply is given up, unless a function is told otherwise."""


def worker_shutdown(
    workername: str, *, app: Celery | None = None, timeout: float = TIMEOUT
) -> Coroutine[Any, Any, Any]:
    """Have a worker finish its tasks and end."""
    return _worker(app, timeout, lambda commander: workers.shutdown(commander, workername))


def worker_pool_restart(
    workername: str, *, app: Celery | None = None, timeout: float = TIMEOUT
) -> Coroutine[Any, Any, Any]:
    """Restart a worker's pool; needs `worker_pool_restarts` in its configuration."""
    return _worker(app, timeout, lambda commander: commander.one(workername, "pool_restart"))


def worker_pool_grow(
    workername: str, n: int = 1, *, app: Celery | None = None, timeout: float = TIMEOUT
) -> Coroutine[Any, Any, Any]:
    """Add `n` processes to a worker's pool."""
    return _worker(app, timeout, lambda commander: workers.pool_grow(commander, workername, n))


def worker_pool_shrink(
    workername: str, n: int = 1, *, app: Celery | None = None, timeout: float = TIMEOUT
) -> Coroutine[Any, Any, Any]:
    """Take `n` processes from a worker's pool."""
    return _worker(app, timeout, lambda commander: workers.pool_shrink(commander, workername, n))


def worker_pool_autoscale(
    workername: str,
    min_workers: int,
    max_workers: int,
    *,
    app: Celery | None = None,
    timeout: float = TIMEOUT,
) -> Coroutine[Any, Any, Any]:
    """Set the bounds of a worker's pool; the worker must have been started with autoscale."""
    return _worker(
        app,
        timeout,
        lambda commander: workers.autoscale(commander, workername, min_workers, max_workers),
    )


def worker_queue_add_consumer(
    workername: str, queue_name: str, *, app: Celery | None = None, timeout: float = TIMEOUT
) -> Coroutine[Any, Any, Any]:
    """Have a worker take tasks from a queue."""
    return _worker(
        app, timeout, lambda commander: workers.add_consumer(commander, workername, queue_name)
    )


def worker_queue_cancel_consumer(
    workername: str, queue_name: str, *, app: Celery | None = None, timeout: float = TIMEOUT
) -> Coroutine[Any, Any, Any]:
    """Have a worker take no more tasks from a queue."""
    return _worker(
        app, timeout, lambda commander: workers.cancel_consumer(commander, workername, queue_name)
    )


def get_active_queue_names(
    *, app: Celery | None = None, timeout: float = TIMEOUT
) -> Coroutine[Any, Any, list[str]]:
    """Names of all queues that workers consume, sorted."""
    return _control(app, timeout, Control.queue_names)


def task_revoke(
    task_id: str | Iterable[str],
    terminate: bool = False,
    signal: str = "SIGTERM",
    *,
    app: Celery | None = None,
    timeout: float = TIMEOUT,
) -> Coroutine[Any, Any, list[Answer]]:
    """Have no worker run these tasks; see `Control.revoke`."""
    return _control(app, timeout, lambda control: control.revoke(task_id, terminate, signal))


def task_rate_limit(
    task_name: str,
    rate: str | float,
    workername: str | None = None,
    *,
    app: Celery | None = None,
    timeout: float = TIMEOUT,
) -> Coroutine[Any, Any, list[Answer]]:
    """Start tasks of a type no faster than so; see `Control.rate_limit`."""
    return _control(app, timeout, lambda control: control.rate_limit(task_name, rate, workername))


def task_time_limit(
    task_name: str,
    soft: float | None = None,
    hard: float | None = None,
    workername: str | None = None,
    *,
    app: Celery | None = None,
    timeout: float = TIMEOUT,
) -> Coroutine[Any, Any, list[Answer]]:
    """End tasks of a type that run longer; see `Control.time_limit`."""
    return _control(
        app, timeout, lambda control: control.time_limit(task_name, soft, hard, workername)
    )


def task_abort(
    task_id: str, *, app: Celery | None = None, timeout: float = TIMEOUT
) -> Coroutine[Any, Any, list[Answer]]:
    """Ask an `AbortableTask` to end; see `Control.abort`."""
    return _control(app, timeout, lambda control: control.abort(task_id))


def _worker(
    app: Celery | None, timeout: float, command: Callable[[Commander], Awaitable[T]]
) -> Coroutine[Any, Any, T]:
    return _control(app, timeout, lambda control: command(control.commander))


def _control(
    app: Celery | None, timeout: float, command: Callable[[Control], Awaitable[T]]
) -> Coroutine[Any, Any, T]:
    # The current application is the thread's own: it has to be found before anything is awaited.
    found = current_app._get_current_object() if app is None else app
    return _once(Control(found, timeout=timeout), command)


async def _once(control: Control, command: Callable[[Control], Awaitable[T]]) -> T:
    try:
        return await command(control)
    finally:
        await control.aclose()
