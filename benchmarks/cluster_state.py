"""`python -m benchmarks.cluster_state`: events per second into the state of a cluster alone."""

from __future__ import annotations

import gc
import random
import sys
import uuid
from collections.abc import Iterator
from statistics import median
from time import thread_time
from typing import Any

import msgspec

from antflow.cluster.state import ClusterState

BATCH = 24
TYPES = 30
WORKERS = 20
START = 1_767_225_600.0
SEARCHES = (
    *("", "customer-77", "state:succeeded kind_7", "name:kind_7", "-name:kind_7"),
    *("kwargs:user=7", "args:7", "customer OR kind", "runtime>0.05"),
)
SORTS = ("received", "-started", "name", "-runtime", "uuid", "state")


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


def events_per_second(tasks: int = 100_000, room: int = 100_000) -> tuple[float, ClusterState]:
    """Apply the events of so many tasks; decoding is not counted.

    Args:
        tasks: how many.
        room: tasks that the state keeps; only the events after it is full count, if ever.

    Returns:
        Events a second of the processor's time, and the state, full.
    """
    state = ClusterState(max_tasks=room)
    spent = 0.0
    counted = 0
    sent = messages(tasks)
    gc.collect()
    for message in sent:
        events = msgspec.json.decode(message)
        counts = tasks <= room or len(state.tasks) >= room
        begun = thread_time()  # so that other work of the machine is not counted
        state.apply(events)
        if counts:
            spent += thread_time() - begun
            counted += len(events)
    return counted / spent, state


def milliseconds(state: ClusterState, search: str, sort: str = "-received") -> float:
    """Of a page of 100; the best of three."""
    times = []
    for _ in range(3):
        begun = thread_time()
        state.find(search, sort=sort, limit=100)
        times.append(thread_time() - begun)
    return min(times) * 1e3


def main() -> int:
    """Measure and print."""
    rates = [(events_per_second(60_000)[0], events_per_second(60_000, 20_000)[0]) for _ in range(3)]
    fresh, full = (median(column) for column in zip(*rates, strict=True))
    print(
        f"{fresh:,.0f} events a second into the state, {full:,.0f} where for each task one leaves"
    )
    _, state = events_per_second()
    begun = thread_time()
    state.find("customer-77", limit=100)
    print(f"{(thread_time() - begun) * 1e3:6.1f} ms for the first search after a flood")
    for search in SEARCHES:
        print(f"{milliseconds(state, search):6.1f} ms for {search or 'the newest 100'!r}")
    for sort in SORTS:
        print(f"{milliseconds(state, '', sort):6.1f} ms for the first 100 by {sort}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
