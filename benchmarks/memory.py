"""Bytes that the tracker keeps for an item.

Each figure comes from a new interpreter: it runs a small pipeline to warm up, reads its
resident memory, runs all items, collects garbage, and reads the resident memory again while
it holds the results and the tracker. What a run without a tracker keeps is subtracted.
Resident memory is what people pay for: it holds the allocator's own overhead too.
"""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from antflow import Pipeline, PipelineResult, StatusTracker
from benchmarks.overhead import no_op_stages
from benchmarks.report import Row
from benchmarks.scale import Scale

KINDS = ("results", "untracked", "tracked")
WARM_UP_ITEMS = 1_000
_STATM = Path("/proc/self/statm")


def resident_bytes() -> int:
    """Resident memory of this process now."""
    pages = int(_STATM.read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def keep(kind: str, items: int) -> Any:
    """Do the work and return everything that has to stay: the results, and the tracker."""
    if kind == "results":
        return [PipelineResult(number, number, number) for number in range(items)]
    tracker = StatusTracker() if kind == "tracked" else None
    pipeline = Pipeline(no_op_stages(), status_tracker=tracker)
    results = asyncio.run(pipeline.run(range(items)))
    if len(results) != items:
        raise RuntimeError(f"{len(results)} results of {items}")
    return results, tracker


def kept_bytes(kind: str, items: int) -> int:
    """How much the resident memory of this process grows with the items."""
    keep(kind, WARM_UP_ITEMS)
    gc.collect()
    before = resident_bytes()
    kept = keep(kind, items)
    gc.collect()
    grown = resident_bytes() - before
    del kept
    return grown


def memory(scale: Scale) -> Row:
    """Bytes an item that a tracked run keeps beyond an untracked one with the same results."""
    title = f"memory of the tracker, {scale.memory_items:,} items"
    if not _STATM.exists():
        return Row("memory", title, None, "not measured on this system")
    items = scale.memory_items
    kept = {kind: _in_new_interpreter(kind, items) / items for kind in KINDS}
    return Row(
        "memory",
        title,
        kept["tracked"] - kept["untracked"],
        "bytes an item",
        450,
        note="resident, beyond the same run without a tracker; "
        f"beyond a bare list of the results: {kept['tracked'] - kept['results']:.0f}",
        samples={f"bytes an item, {kind}": [value] for kind, value in kept.items()},
    )


def _in_new_interpreter(kind: str, items: int) -> int:
    command = [sys.executable, "-m", "benchmarks.memory", kind, str(items)]
    root = Path(__file__).parent.parent
    ended = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, cwd=root)
    return int(ended.stdout)


if __name__ == "__main__":
    print(kept_bytes(sys.argv[1], int(sys.argv[2])))
