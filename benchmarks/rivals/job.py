"""The job that every library does, and how it is measured."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

from benchmarks.pairs import alternate
from benchmarks.plain_loop import plain_cpu

Run = Callable[[int], Awaitable[Iterable[Any]]]
"""Passes so many numbers from 0 through three no-op stages; returns the results."""

LONGEST_RUN = 2.0
FEWEST_ITEMS = 500


async def _cpu(run: Run, items: int) -> float:
    started = time.process_time()
    results = await run(items)
    spent = time.process_time() - started
    if sorted(results) != list(range(items)):
        raise RuntimeError(f"not the {items} results that were expected")
    return spent


async def _measure(run: Run, pairs: int, items: int) -> dict[str, Any]:
    cost = await _cpu(run, FEWEST_ITEMS) / FEWEST_ITEMS
    # what is very slow does fewer items, and so does the plain loop beside it
    items = max(FEWEST_ITEMS, min(items, int(LONGEST_RUN / cost)))
    found = await alternate(partial(_cpu, run, items), partial(plain_cpu, items), pairs)
    return {"items": items, "measured": found.measured, "plain loop": found.reference}


def main(**runs: Run) -> None:
    """Measure each way to do the job and print the JSON that the benchmark reads."""
    pairs, items = int(sys.argv[1]), int(sys.argv[2])
    found = {name: asyncio.run(_measure(run, pairs, items)) for name, run in runs.items()}
    print(json.dumps(found))
