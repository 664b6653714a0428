"""streamable: three maps of concurrency ten, results as they complete."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from streamable import stream  # type: ignore[import-not-found]

from benchmarks.plain_loop import STAGES, WORKERS, noop
from benchmarks.rivals.job import main


async def run(items: int) -> Iterable[Any]:
    values = stream(range(items))
    for _ in range(STAGES):
        values = values.map(noop, concurrency=WORKERS, as_completed=True)
    return [value async for value in values]


if __name__ == "__main__":
    main(run=run)
