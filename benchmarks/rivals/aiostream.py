"""aiostream: three piped maps of at most ten tasks at once, results as they complete."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aiostream import pipe, stream  # type: ignore[import-not-found]

from benchmarks.plain_loop import STAGES, WORKERS, noop
from benchmarks.rivals.job import main


async def run(items: int) -> Iterable[Any]:
    values = stream.iterate(range(items))
    for _ in range(STAGES):
        values = values | pipe.map(noop, ordered=False, task_limit=WORKERS)
    async with values.stream() as streamer:
        return [value async for value in streamer]


if __name__ == "__main__":
    main(run=run)
