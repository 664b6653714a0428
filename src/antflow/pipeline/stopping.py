"""Ending the workers of a run: politely, then by cancellation, then without them."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from antflow.pipeline.run import Run
    from antflow.pipeline.worker import Worker

logger = logging.getLogger("antflow")

_NOT_RUNNING = ("retry", "rate", "limit", "thread")

INSISTENCE = 3
"""How often a task that swallows its cancellation is cancelled again, a second apart."""


async def stop_workers(run: Run, timeout: float) -> None:
    """Let each worker end after the task that it runs now; cancel what is left after `timeout`.

    Args:
        run: the run, already marked as stopping, its queues empty.
        timeout: seconds.
    """
    workers = [worker for team in run.workers.values() for worker in team]
    for station in run.stations.values():
        for _ in run.workers[station.stage.name]:
            station.channel.push(None)
    for worker in workers:
        if worker.slot.waiting_for in _NOT_RUNNING and not worker.slot.in_task:
            worker.task.cancel()
    try:
        await _ended(workers, timeout)
    finally:
        for worker in workers:
            worker.task.cancel()
    for _ in range(INSISTENCE):
        if not await _ended(workers, 1.0):
            return
        for worker in workers:
            worker.task.cancel()
    for worker in workers:
        if not worker.task.done():
            logger.error("worker %s swallows its cancellation; left behind", worker.slot.name)


async def _ended(workers: list[Worker], timeout: float) -> bool:
    """Wait for the workers; whether some still run after `timeout` seconds."""
    tasks = [worker.task for worker in workers if not worker.task.done()]
    own = asyncio.current_task()
    tasks = [task for task in tasks if task is not own]
    if tasks and timeout > 0:
        await asyncio.wait(tasks, timeout=timeout)
    return any(not task.done() for task in tasks)
