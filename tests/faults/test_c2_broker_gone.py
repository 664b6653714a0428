"""C2: the broker is killed and comes back; that is said, and afterwards all is as it was."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from polling import eventually_async
from sending import let_go
from servers import RedisServer, Server
from sizes import GUARD, OUTAGES

from antflow.cluster import Cluster
from antflow.cluster.events import Events
from antflow.cluster.history import History

SAID_WITHIN = 3.0
BACK_WITHIN = 5.0
TASKS = 20


def states(cluster: Cluster, ids: set[str]) -> set[str]:
    return {task.state for uuid, task in cluster.state.tasks.items() if uuid in ids}


async def finished(cluster: Cluster, ids: set[str]) -> None:
    await eventually_async(
        lambda: ids <= cluster.state.tasks.keys() and states(cluster, ids) == {"SUCCESS"},
        90,
        what=lambda: str(cluster.state.states()),
    )


def send(app: Celery, count: int) -> set[str]:
    return {app.send_task("tests.add", (number, 1)).id for number in range(count)}


async def away(server: Server, cluster: Cluster, seconds: float) -> tuple[float, float]:
    """Kill it for so long; the seconds until that was said, and from its return to ours."""
    server.kill()
    gone = time.monotonic()
    await eventually_async(
        lambda: cluster.events.health().state in {"stale", "disconnected"}, GUARD * SAID_WITHIN
    )
    said = time.monotonic() - gone
    assert cluster.events.health().reason
    await asyncio.sleep(max(0.0, seconds - said))
    await asyncio.to_thread(server.start)
    there = time.monotonic()
    await eventually_async(lambda: cluster.events.health().connected, GUARD * BACK_WITHIN)
    return said, time.monotonic() - there


@pytest.mark.parametrize(
    ("broker", "seconds"),
    [
        *(("redis_server", seconds) for seconds in OUTAGES),
        # it takes five seconds and more to start, so that one second more makes the difference
        *(("rabbit_server", seconds) for seconds in OUTAGES if seconds != 5.0),
    ],
)
async def test_it_is_back_soon_and_the_history_is_whole(
    request: pytest.FixtureRequest,
    broker: str,
    seconds: float,
    backend_url: str,
    start_worker: Callable[..., Any],
    tmp_path: Path,
) -> None:
    server = request.getfixturevalue(broker)
    worker = start_worker(server.fresh_url(), backend_url, concurrency=2)
    app = worker.make_app()
    url = f"sqlite:///{tmp_path / 'history.db'}"
    async with Cluster(app, history=url) as cluster:
        await eventually_async(lambda: worker.hostname in cluster.state.workers, 20)
        sent = send(app, TASKS)
        await finished(cluster, sent)
        said, back = await away(server, cluster, seconds)
        print(f"said after {said:.2f} s, back {back:.2f} s after its return")
        sent |= await asyncio.to_thread(send, app, TASKS)
        await finished(cluster, sent)
        await eventually_async(lambda: cluster.frame().health.state == "running", 60)
        assert cluster.frame().health.deaf > 0.0
    kept = History(url)
    kept.open()
    assert {record.uuid: record.state for record in kept.load(1_000)} == dict.fromkeys(
        sent, "SUCCESS"
    )
    kept.close()
    let_go(app)


@pytest.fixture
async def outlived(
    redis_server: RedisServer, backend_url: str, start_worker: Callable[..., Any]
) -> AsyncIterator[tuple[Cluster, str, str]]:
    """A cluster, its worker's name, and the id of a task that outlives an outage."""
    worker = start_worker(redis_server.fresh_url(), backend_url)
    app = worker.make_app()
    async with Cluster(app) as cluster:
        sent = app.send_task("tests.sleep", (14,))
        await eventually_async(lambda: states(cluster, {sent.id}) == {"STARTED"}, 20)
        yield cluster, worker.hostname, sent.id
    let_go(app)


async def test_workers_are_not_taken_for_dead_while_the_broker_is_away(
    outlived: tuple[Cluster, str, str], redis_server: RedisServer
) -> None:
    """Longer than two heartbeats without the broker: the worker runs on, and so its task.

    As it reconnects, Celery's worker itself says worker-offline, then worker-online.
    """
    cluster, worker, task = outlived
    wrong: list[str] = []

    async def watch() -> None:
        since = time.monotonic()
        while True:
            if cluster.state.workers[worker].online:
                since = time.monotonic()
            elif time.monotonic() - since > 1.0:
                wrong.append("offline")
            if cluster.state.tasks[task].orphaned:
                wrong.append("orphaned")
            await asyncio.sleep(0.02)

    watching = asyncio.create_task(watch())
    try:
        await away(redis_server, cluster, 6.0)
        await finished(cluster, {task})
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    assert wrong == []


async def test_a_worker_that_died_meanwhile_is_offline_after_it() -> None:
    """The patience of the time after an outage ends."""
    from publishing import Publisher, Voice

    server = RedisServer()
    try:
        server.start()
        async with Cluster(broker=server.url, enable_events=False) as cluster:
            await eventually_async(lambda: cluster.events.health().connected, 20)
            with Publisher(server.url) as publisher:
                voice = Voice("dies@test")
                publisher.events([voice.beats(), *voice.takes("left")])
            await eventually_async(lambda: "left" in cluster.state.tasks, 20)
            await away(server, cluster, 1.0)
            await eventually_async(lambda: cluster.state.tasks["left"].orphaned, GUARD * 8.0)
            assert not cluster.state.workers["dies@test"].online
    finally:
        server.close()


async def test_attempts_to_reconnect_come_ever_more_slowly_and_at_odd_moments() -> None:
    """Backoff with jitter, so that many servers do not fall upon a broker that just came back."""
    moments: list[float] = []

    def slam(_reader: Any, writer: asyncio.StreamWriter) -> None:
        moments.append(time.monotonic())
        writer.transport.abort()

    listener = await asyncio.start_server(slam, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    app = Celery(broker=f"redis://127.0.0.1:{port}/0", set_as_current=False)
    events = Events(app, enable_events=False)
    try:
        events.start()
        await eventually_async(lambda: len(moments) >= 7, 60)
    finally:
        events.stop()
        listener.close()
    gaps = [after - before for before, after in itertools.pairwise(moments)]
    assert gaps[-1] > 3 * gaps[0]
    assert len({round(gap, 2) for gap in gaps}) >= 5
