"""pyper: a source and three tasks of ten workers, queues of the plain loop's size."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any

from pyper import task  # type: ignore[import-not-found]

from benchmarks.plain_loop import QUEUE_SIZE, STAGES, WORKERS, noop
from benchmarks.rivals.job import main


async def numbers(items: int) -> AsyncIterator[int]:
    for number in range(items):
        yield number


async def run(items: int) -> Iterable[Any]:
    pipeline = task(numbers, branch=True, throttle=QUEUE_SIZE)
    for _ in range(STAGES):
        pipeline = pipeline | task(noop, workers=WORKERS, throttle=QUEUE_SIZE)
    return [value async for value in pipeline(items)]


if __name__ == "__main__":
    main(run=run)
