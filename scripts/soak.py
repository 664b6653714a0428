"""Hours instead of minutes: the faults of clusters at their nightly size, then R5.

python scripts/soak.py [--minutes 30] [--only faults|pipeline]

R5: 1,000 items a second, of which 5 % fail, through a tracked pipeline. After half a minute the
process is warm; from then on its memory grows by less than 1 MB an hour, and the counts of tasks,
threads and open files stay as they are.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

from antflow import Pipeline, Stage, StatusTracker

ROOT = Path(__file__).resolve().parent.parent
WARM_AFTER = 30.0  # seconds
SAMPLE_EVERY = 10.0
ITEMS_A_SECOND = 1_000
MOST_AN_HOUR = 1_000_000  # bytes
NOISE = 1_000_000  # bytes that a short run may end above its warm state
LONG = 20 * 60.0  # seconds from which a slope says something


class Sample(NamedTuple):
    """What the process holds at one moment."""

    at: float
    resident: int
    files: int
    threads: int
    tasks: int

    @classmethod
    def take(cls) -> Sample:
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return cls(
            time.monotonic(),
            pages * os.sysconf("SC_PAGE_SIZE"),
            len(os.listdir("/proc/self/fd")),
            threading.active_count(),
            len(asyncio.all_tasks()),
        )


async def items(seconds: float) -> AsyncIterator[int]:
    """Numbers, at the pace, for so long."""
    began, number = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        due = int((time.monotonic() - began) * ITEMS_A_SECOND)
        while number < due:
            number += 1
            yield number
        await asyncio.sleep(0.01)


async def work(value: int) -> int:
    await asyncio.sleep(0.001)
    if value % 20 == 0:
        raise ValueError("meant to fail")
    return value


async def sample(samples: list[Sample]) -> None:
    await asyncio.sleep(WARM_AFTER)
    while True:
        samples.append(Sample.take())
        print(samples[-1], flush=True)
        await asyncio.sleep(SAMPLE_EVERY)


async def soak_pipeline(minutes: float) -> list[Sample]:
    """Run it and sample; AssertionError where an item is lost."""
    tracker = StatusTracker(max_items=10_000)
    stages = [Stage("First", 10, [work]), Stage("Second", 10, [work])]
    pipeline = Pipeline(stages, status_tracker=tracker, collect_results=False)
    samples: list[Sample] = []
    sampling = asyncio.create_task(sample(samples))
    await pipeline.run(items(minutes * 60))
    sampling.cancel()
    stats = pipeline.get_stats()
    print(stats)
    assert stats.items_in_flight == 0
    return samples


def grown(samples: list[Sample]) -> list[str]:
    """What is not flat."""
    first, last = samples[0], samples[-1]
    faults = [
        f"{name}: {getattr(first, name)} -> {getattr(last, name)}"
        for name in ("files", "threads", "tasks")
        if getattr(last, name) > getattr(first, name)
    ]
    more, seconds = last.resident - first.resident, last.at - first.at
    allowed = MOST_AN_HOUR * seconds / 3_600 if seconds > LONG else NOISE
    if more > allowed:
        faults.append(f"memory: {more:,} bytes in {seconds:.0f} s")
    return faults


def soak_faults() -> int:
    """The tests of faults, larger; pytest's exit code."""
    command = [sys.executable, "-m", "pytest", "tests/faults", "--durations=20"]
    environment = {**os.environ, "ANTFLOW_SOAK": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def main() -> int:
    """The exit code: 0 where all held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="of the pipeline's soak")
    parser.add_argument("--only", choices=["faults", "pipeline"])
    told = parser.parse_args()
    code = soak_faults() if told.only != "pipeline" else 0
    if told.only != "faults":
        for fault in (faults := grown(asyncio.run(soak_pipeline(told.minutes)))):
            print("not flat:", fault)
        code = code or int(bool(faults))
    return code


if __name__ == "__main__":
    sys.exit(main())
