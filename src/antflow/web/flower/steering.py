"""The POST routes that steer workers and tasks."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from antflow.exceptions import CommandRefusedError
from antflow.source import Answer
from antflow.web.flower.desk import Desk
from antflow.web.security.refusal import RefusalError


async def shutdown(desk: Desk) -> Any:
    """End a worker, once its tasks are done."""
    worker = desk.known_worker(desk.target)
    await desk.cluster.control.shutdown(worker)
    return {"message": "Shutting down!"}


async def pool_restart(desk: Desk) -> Any:
    """Restart a worker's pool."""
    worker = desk.known_worker(desk.target)
    await _asked(desk.cluster.control.pool_restart(worker), f"restart {worker!r} worker's pool")
    return {"message": f"Restarting {worker!r} worker's pool"}


async def pool_grow(desk: Desk) -> Any:
    """Add processes to a worker's pool."""
    worker, n = desk.known_worker(desk.target), desk.arguments.integer("n", 1) or 0
    await _asked(desk.cluster.control.pool_grow(worker, n), f"grow {worker!r} worker's pool")
    return {"message": f"Growing {worker!r} worker's pool by {n}"}


async def pool_shrink(desk: Desk) -> Any:
    """Take processes from a worker's pool."""
    worker, n = desk.known_worker(desk.target), desk.arguments.integer("n", 1) or 0
    await _asked(desk.cluster.control.pool_shrink(worker, n), f"shrink {worker!r} worker's pool")
    return {"message": f"Shrinking {worker!r} worker's pool by {n}"}


async def pool_autoscale(desk: Desk) -> Any:
    """Set the bounds of a worker's autoscaler."""
    arguments = desk.arguments
    for name in ("min", "max"):
        arguments.required(name)
    low, high = arguments.integer("min") or 0, arguments.integer("max") or 0
    worker = desk.known_worker(desk.target)
    await _asked(desk.cluster.control.autoscale(worker, low, high), f"autoscale {worker!r} worker")
    return {"message": f"Autoscaling {worker!r} worker (min={low}, max={high})"}


async def add_consumer(desk: Desk) -> Any:
    """Let a worker take from a queue."""
    queue = desk.arguments.required("queue")
    worker = desk.known_worker(desk.target)
    asked = desk.cluster.control.add_consumer(worker, queue)
    return _first(await _asked(asked, f"add {queue!r} consumer to {worker!r} worker"))


async def cancel_consumer(desk: Desk) -> Any:
    """Let a worker no longer take from a queue."""
    queue = desk.arguments.required("queue")
    worker = desk.known_worker(desk.target)
    asked = desk.cluster.control.cancel_consumer(worker, queue)
    return _first(await _asked(asked, f"cancel {queue!r} consumer from {worker!r} worker"))


async def revoke(desk: Desk) -> Any:
    """Let no worker run a task; with `terminate`, end it where it runs."""
    arguments = desk.arguments
    terminate = arguments.boolean("terminate")
    signal = arguments.text("signal") or "SIGTERM"
    await desk.cluster.control.revoke(desk.target, terminate=terminate, signal=signal)
    return {"message": f"Revoked {desk.target!r}"}


async def abort(desk: Desk) -> Any:
    """Ask an abortable task to end."""
    await desk.cluster.control.abort(desk.target)
    return {"message": f"Aborted {desk.target!r}"}


async def time_limit(desk: Desk) -> Any:
    """Set the time limits of a task type on one worker, in seconds."""
    arguments = desk.arguments
    worker = desk.known_worker(arguments.required("workername"))
    soft, hard = arguments.number("soft"), arguments.number("hard")
    name = _known_task(desk, worker)
    asked = desk.cluster.control.time_limit(name, soft=soft, hard=hard, worker=worker)
    return _first(await _asked(asked, "set timeouts"))


async def rate_limit(desk: Desk) -> Any:
    """Set the rate limit of a task type on one worker."""
    arguments = desk.arguments
    worker = desk.known_worker(arguments.required("workername"))
    rate = arguments.required("ratelimit")
    name = _known_task(desk, worker)
    asked = desk.cluster.control.rate_limit(name, rate, worker=worker)
    return _first(await _asked(asked, "set rate limit"))


def _known_task(desk: Desk, worker: str) -> str:
    name = desk.target
    cluster = desk.cluster
    registered = cluster.inspector.workers.get(worker, {}).get("registered", ())
    known = {entry.partition(" ")[0] for entry in registered}
    if name in known or name in cluster.app.tasks:
        return name
    raise RefusalError(404, f"Unknown task {name!r}")


async def _asked(command: Awaitable[list[Answer]], what: str) -> list[Answer]:
    try:
        return await command
    except CommandRefusedError as error:
        raise RefusalError(403, f"Failed to {what}: {error}") from None


def _first(answers: list[Answer]) -> dict[str, str]:
    return {"message": answers[0].message if answers else ""}
