"""The commands to one worker; each returns its reply as it gave it."""

from __future__ import annotations

from typing import Any

from antflow.cluster.control import checks
from antflow.cluster.control.commander import Commander
from antflow.cluster.control.replies import refusal
from antflow.exceptions import CommandRefusedError


async def shutdown(commander: Commander, worker: str) -> Any:
    """Have it finish its tasks and end. It says nothing to that; the reply is ours."""
    await commander.tell(worker, "shutdown")
    return {"ok": "Shutting down!"}


async def pool_grow(commander: Commander, worker: str, n: int) -> Any:
    """Add `n` processes to its pool."""
    return await commander.one(worker, "pool_grow", n=checks.processes("n", n))


async def pool_shrink(commander: Commander, worker: str, n: int) -> Any:
    """Take `n` processes away, of which one must be left."""
    checks.processes("n", n)
    stats = await commander.one(worker, "stats")
    processes = (stats.get("pool") or {}).get("processes") or []
    # Celery would take the last one too, and the worker would never run a task again.
    if not stats.get("autoscaler") and 0 < len(processes) <= n:
        have = f"it has {len(processes)} processes, and one must be left"
        raise CommandRefusedError(refusal("pool_shrink", have))
    return await commander.one(worker, "pool_shrink", n=n)


async def autoscale(commander: Commander, worker: str, least: int, most: int) -> Any:
    """Set the bounds of its pool."""
    checks.at_least(0, "min", least)
    checks.processes("max", most)
    if least > most:
        raise ValueError(f"min ({least}) must not be more than max ({most})")
    return await commander.one(worker, "autoscale", max=most, min=least)


async def add_consumer(commander: Commander, worker: str, queue: str) -> Any:
    """Have it take tasks from a queue."""
    return await commander.one(worker, "add_consumer", queue=checks.text("queue", queue))


async def cancel_consumer(commander: Commander, worker: str, queue: str) -> Any:
    """Have it take no more tasks from a queue."""
    return await commander.one(worker, "cancel_consumer", queue=checks.text("queue", queue))
