"""C6: events as fast as they go, of 200 workers; memory is bounded and requests are answered."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from asking import Client, Reply, served
from heart import Heart
from polling import eventually_async
from sizes import FLOOD, GUARD

from antflow.cluster import Cluster

TASKS_KEPT = 10_000
TASKS = FLOOD // 4
WORKERS = 200
GROWTH = 100e6
"""Bytes: a task's record with all that belongs to it is some 2 KB, what waits 64 MB at most."""

ANSWERED_WITHIN = 0.1


@pytest.fixture
async def cluster(redis_url: str) -> AsyncIterator[tuple[Cluster, Client]]:
    cluster = Cluster(broker=redis_url, name="c", enable_events=False, max_tasks=TASKS_KEPT)
    async with served(cluster) as client:
        await eventually_async(lambda: cluster.events.health().connected, 20)
        yield cluster, client


@pytest.fixture
def flood(redis_url: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that sends the events, each batch waiting for a line on its input."""
    command = [sys.executable, str(Path(__file__).with_name("flooding.py")), redis_url]
    with subprocess.Popen([*command, str(TASKS), str(WORKERS)], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def ask_on(client: Client, replies: list[Reply]) -> None:
    paths = ["frame", "tasks?limit=100", "workers", "tasks?search=made&limit=10"]
    while True:
        for path in paths:
            replies.append(await client.ask("GET", f"/api/v1/sources/c/{path}"))
        await asyncio.sleep(0.05)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
async def test_a_flood_is_taken_within_bounds(
    cluster: tuple[Cluster, Client], flood: subprocess.Popen[bytes]
) -> None:
    """Each event is applied or counted as lost; the newest tasks stay; requests are answered."""
    source, client = cluster
    replies: list[Reply] = []
    before = resident()
    async with Heart() as heart:
        asking = asyncio.create_task(ask_on(client, replies))
        flood.stdin.close()  # type: ignore[union-attr]
        await eventually_async(lambda: told_of(source) >= 4 * TASKS + WORKERS, 100, interval=0.1)
        growth = resident() - before
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    slowest = max(reply.seconds for reply in replies)
    print(f"{growth / 1e6:.0f} MB, blocked {heart.longest:.3f} s, slowest answer {slowest:.3f} s")
    assert growth < GROWTH
    assert len(source.state.tasks) == TASKS_KEPT
    assert len(source.state.workers) == WORKERS
    assert {reply.status for reply in replies} == {200}
    assert len(replies) >= 10
    assert slowest < GUARD * ANSWERED_WITHIN
    assert heart.longest < GUARD * ANSWERED_WITHIN
    assert_the_newest_are_kept(source)


def told_of(cluster: Cluster) -> int:
    """Events that were applied, and those that did not fit and were counted."""
    dropped: int = cluster.events._handover.dropped
    return cluster.state.meters.events + dropped


def assert_the_newest_are_kept(cluster: Cluster) -> None:
    numbers = sorted(int(uuid.split("-")[1]) for uuid in cluster.state.tasks)
    if cluster.events._handover.dropped == 0:
        assert numbers == list(range(TASKS - TASKS_KEPT, TASKS))
    assert numbers[-1] == TASKS - 1
