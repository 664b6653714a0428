"""The yardstick: workers on `asyncio.Queue`s, written the way people write them by hand.

Nothing but the standard library: the environments of the other libraries import it too.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

STAGES = 3
WORKERS = 10
QUEUE_SIZE = 100

Task = Callable[[Any], Awaitable[Any]]


async def noop(value: Any) -> Any:
    """A task that does nothing: all that is measured is what surrounds it."""
    return value


async def plain_loop(items: Iterable[Any], tasks: list[Task], workers: int) -> list[Any]:
    """Pass the items through one stage of workers a task; results in completion order."""
    queues: list[asyncio.Queue[Any]] = [asyncio.Queue(maxsize=QUEUE_SIZE) for _ in tasks]
    results: list[Any] = []

    async def work(stage: int) -> None:
        last = stage == len(tasks) - 1
        while True:
            item = await queues[stage].get()
            value = await tasks[stage](item)
            if last:
                results.append(value)
            else:
                await queues[stage + 1].put(value)
            queues[stage].task_done()

    running = [
        asyncio.create_task(work(stage)) for stage in range(len(tasks)) for _ in range(workers)
    ]
    for item in items:
        await queues[0].put(item)
    for queue in queues:
        await queue.join()
    for worker in running:
        worker.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    return results


async def plain_cpu(items: int) -> float:
    """CPU seconds of the plain loop: three stages of no-op tasks, ten workers each."""
    started = time.process_time()
    results = await plain_loop(range(items), [noop] * STAGES, WORKERS)
    spent = time.process_time() - started
    if len(results) != items:
        raise RuntimeError(f"the plain loop gave {len(results)} results of {items}")
    return spent
