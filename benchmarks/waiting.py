"""What waits instead of computing: throughput, snapshots, a single item, the import."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from statistics import median, quantiles
from typing import Any

from antflow import Pipeline, Stage, StatusTracker
from benchmarks.overhead import no_op_stages
from benchmarks.pairs import alternate
from benchmarks.plain_loop import plain_loop
from benchmarks.report import Row
from benchmarks.scale import Scale

WORKERS = 100
TASK_SECONDS = 0.01


async def _wait(value: Any) -> Any:
    await asyncio.sleep(TASK_SECONDS)
    return value


async def _plain_wall(items: int) -> float:
    started = time.perf_counter()
    results = await plain_loop(range(items), [_wait], WORKERS)
    spent = time.perf_counter() - started
    if len(results) != items:
        raise RuntimeError(f"the plain loop gave {len(results)} results of {items}")
    return spent


async def _tracked_wall(items: int) -> float:
    tracker = StatusTracker()
    pipeline = Pipeline([Stage("Wait", WORKERS, [_wait])], status_tracker=tracker)
    started = time.perf_counter()
    results = await pipeline.run(range(items))
    spent = time.perf_counter() - started
    if len(results) != items or tracker.get_stats()["completed"] != items:
        raise RuntimeError(f"{len(results)} results of {items}")
    return spent


async def throughput(scale: Scale) -> Row:
    """Items a second, tracked, over those of the plain loop: 100 workers, tasks of 10 ms."""
    items = scale.waiting_items
    pairs = await alternate(partial(_tracked_wall, items), partial(_plain_wall, items), scale.pairs)
    rate = items / median(pairs.measured)
    return Row(
        "throughput",
        "throughput, tracked, 100 workers, tasks of 10 ms",
        100 / pairs.ratio,
        "%",
        95,
        at_least=True,
        note=f"of the plain loop, wall clock, {items:,} items, {scale.pairs} pairs; {rate:,.0f}/s",
        samples={"measured": pairs.measured, "plain loop": pairs.reference},
    )


async def snapshots(scale: Scale) -> list[Row]:
    """Wall time of `get_dashboard_snapshot()` with 100 workers while items pass, tracked."""
    pipeline = Pipeline(
        [Stage(f"Stage{number}", WORKERS // 5, [_wait]) for number in range(5)],
        status_tracker=StatusTracker(),
    )
    taken: list[float] = []

    def items() -> Iterator[int]:
        while len(taken) < scale.snapshots:
            yield len(taken)

    running = asyncio.create_task(pipeline.run(items()))
    while len(taken) < scale.snapshots:
        await asyncio.sleep(0.001)
        started = time.perf_counter()
        snapshot = pipeline.get_dashboard_snapshot()
        taken.append(time.perf_counter() - started)
        if len(snapshot.worker_states) != WORKERS:
            raise RuntimeError(f"a snapshot shows {len(snapshot.worker_states)} workers")
    passed = len(await running)
    cuts = quantiles(taken, n=100)
    note = f"100 workers, {scale.snapshots:,} snapshots while {passed:,} items passed"
    return [
        Row(
            "snapshot", "a snapshot, p50", cuts[49] * 1e6, "µs", note=note, samples={"wall": taken}
        ),
        Row("snapshot", "a snapshot, p99", cuts[98] * 1e6, "µs"),
    ]


async def single_item(scale: Scale) -> Row:
    """Wall time of a new pipeline of three stages that runs one item."""
    taken = []
    for _ in range(scale.single_runs):
        started = time.perf_counter()
        results = await Pipeline(no_op_stages()).run([1])
        taken.append(time.perf_counter() - started)
        if len(results) != 1:
            raise RuntimeError("one item gave no result")
    note = f"median of {scale.single_runs} new pipelines, three stages"
    return Row(
        "single",
        "a run of one item",
        median(taken) * 1e3,
        "ms",
        2,
        note=note,
        samples={"wall": taken},
    )


def import_time(scale: Scale) -> Row:
    """Wall time of `import antflow` in a new interpreter that has imported asyncio."""
    code = (
        "import asyncio, time; started = time.perf_counter(); import antflow; "
        "print(time.perf_counter() - started)"
    )
    command = [sys.executable, "-c", code]
    taken = [
        float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
        for _ in range(scale.imports + 1)
    ][1:]  # the first one may have compiled the modules
    note = f"median of {scale.imports} interpreters"
    return Row(
        "import",
        "import antflow, over import asyncio",
        median(taken) * 1e3,
        "ms",
        60,
        note=note,
        samples={"wall": taken},
    )
