"""`python -m benchmarks.cluster_state`: events per second into the state of a cluster alone."""

from __future__ import annotations

import gc
import random
import sys
import uuid
from collections.abc import Iterator
from time import perf_counter, thread_time
from typing import Any

import msgspec

from antflow.cluster.state import ClusterState

BATCH = 24
TYPES = 30
WORKERS = 20
START = 1_767_225_600.0
SEARCHES = ("", "customer-77", "state:succeeded kind_7", "name:kind_7", "kwargs:user=7")


def _task(number: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    """The events of one task: received, started, succeeded."""
    worker = number // BATCH % WORKERS
    at = START + number / 1_000
    own = {
        "uuid": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "hostname": f"celery@host-{worker}",
        "utcoffset": 0,
        "pid": 1_000 + worker,
    }
    what = {
        "name": f"project.jobs.kind_{number % TYPES}",
        "args": f"({number}, 'customer-{number % 977}')",
        "kwargs": f"{{'user': {number % 1_000}, 'order': 'o-{number}'}}",
        "root_id": own["uuid"],
        "parent_id": None,
        "retries": 0,
        "eta": None,
        "expires": None,
    }
    clock = 3 * number + 1
    yield {**own, "type": "task-received", "clock": clock, "timestamp": at, **what}
    yield {**own, "type": "task-started", "clock": clock + 1, "timestamp": at + 0.01}
    done = {"result": f"{{'total': {number}}}", "runtime": 0.04}
    yield {**own, "type": "task-succeeded", "clock": clock + 2, "timestamp": at + 0.05, **done}


def messages(tasks: int) -> list[bytes]:
    """The events of so many tasks as workers send them, 24 in a message."""
    chance = random.Random(1)
    events = [event for number in range(tasks) for event in _task(number, chance)]
    encode = msgspec.json.encode
    return [encode(events[at : at + BATCH]) for at in range(0, len(events), BATCH)]


def events_per_second(tasks: int = 100_000) -> tuple[float, ClusterState]:
    """Apply the events of so many tasks; decoding is not counted.

    Returns:
        Events a second of the processor's time, and the state, full.
    """
    state = ClusterState(max_tasks=tasks)
    spent = 0.0
    sent = messages(tasks)
    gc.collect()
    for message in sent:
        events = msgspec.json.decode(message)
        begun = thread_time()  # so that other work of the machine is not counted
        state.apply(events)
        spent += thread_time() - begun
    return 3 * tasks / spent, state


def searches(state: ClusterState) -> dict[str, float]:
    """Milliseconds of a page of 100 for each of some searches; the best of three."""
    found = {}
    for search in SEARCHES:
        times = []
        for _ in range(3):
            begun = perf_counter()
            state.find(search, limit=100)
            times.append(perf_counter() - begun)
        found[search] = min(times) * 1e3
    return found


def main() -> int:
    """Measure and print."""
    rate, state = events_per_second()
    print(f"{rate:,.0f} events a second into the state")
    for search, milliseconds in searches(state).items():
        print(f"{milliseconds:6.1f} ms for {search or 'the newest 100'!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
