"""Commands to real workers: what they do, and what they refuse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from polling import eventually, eventually_async

from antflow.cluster.control import (
    Control,
    get_active_queue_names,
    worker_pool_grow,
    worker_shutdown,
)
from antflow.exceptions import CommandRefusedError, NoSuchWorkerError

# Celery starts and ends processes of a pool some seconds after it said that it would.
SETTLED = 40.0


@pytest.fixture
async def control(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    """`control(worker)`: a Control of the worker's application, closed with the test."""
    made: list[Control] = []

    def make(worker: Any, **options: Any) -> Control:
        made.append(Control(worker.make_app(), timeout=5.0, **options))
        return made[-1]

    yield make
    for each in made:
        await each.aclose()


async def pool_size(control: Control, worker: str) -> int:
    stats = await control.inspector.ask("stats", worker)
    return len(stats[worker]["pool"]["processes"])


@pytest.mark.parametrize("broker", ["redis_url", "rabbit_url"])
async def test_a_pool_grows_and_shrinks(
    request: pytest.FixtureRequest, broker: str, start_worker: Any, control: Any
) -> None:
    worker = start_worker(request.getfixturevalue(broker), concurrency=2)
    steer, name = control(worker), worker.hostname
    (grown,) = await steer.pool_grow(name, 2)
    assert (grown.who, grown.ok, grown.message) == (name, True, "pool will grow")
    assert await eventually_async(lambda: _is(steer, name, 4), SETTLED)
    await steer.pool_shrink(name, 3)
    assert await eventually_async(lambda: _is(steer, name, 1), SETTLED)
    with pytest.raises(CommandRefusedError, match=r"pool cannot shrink: .*one must be left"):
        await steer.pool_shrink(name)


async def _is(control: Control, worker: str, size: int) -> bool:
    return await pool_size(control, worker) == size


async def test_threads_and_autoscaled_pools_refuse_to_grow_and_say_why(
    redis_url: str, start_worker: Any, control: Any
) -> None:
    threads = start_worker(redis_url, pool="threads", conf={"worker_pool_restarts": False})
    scaled = start_worker(redis_url, args=("--autoscale=3,1",))
    steer = control(threads)
    with pytest.raises(CommandRefusedError, match="pool cannot grow: its pool has a fixed size"):
        await steer.pool_grow(threads.hostname)
    with pytest.raises(CommandRefusedError, match="pool cannot shrink: its pool has a fixed size"):
        await steer.pool_shrink(threads.hostname)
    with pytest.raises(CommandRefusedError, match=r"pool cannot grow: .*autoscale"):
        await steer.pool_grow(scaled.hostname)
    with pytest.raises(CommandRefusedError, match=r"pool cannot autoscale: .*--autoscale"):
        await steer.autoscale(threads.hostname, 1, 2)
    with pytest.raises(CommandRefusedError, match=r"pool cannot restart: .*worker_pool_restarts"):
        await steer.pool_restart(threads.hostname)
    (answer,) = await steer.autoscale(scaled.hostname, min=2, max=4)
    assert answer.message == "autoscale now max=4 min=2"
    assert await eventually_async(lambda: _is(steer, scaled.hostname, 2), SETTLED)


async def test_a_restarted_pool_has_new_processes_and_still_works(
    redis_url: str, backend_url: str, start_worker: Any, control: Any
) -> None:
    worker = start_worker(redis_url, backend_url)
    steer, name = control(worker), worker.hostname
    before = (await steer.inspector.ask("stats", name))[name]["pool"]["processes"]
    await steer.pool_restart(name)

    async def has_new_processes() -> bool:
        found = (await steer.inspector.ask("stats", name))[name]["pool"]["processes"]
        return bool(found) and not set(found) & set(before)

    assert await eventually_async(has_new_processes, SETTLED)
    result = worker.make_app().send_task("tests.add", (1, 2))
    assert await asyncio.to_thread(result.get, timeout=20) == 3


async def test_a_worker_that_is_not_there_is_named(
    redis_url: str, start_worker: Any, control: Any
) -> None:
    worker = start_worker(redis_url)
    with pytest.raises(NoSuchWorkerError, match=r"(?i)no such worker.*nobody@test"):
        await worker_shutdown("nobody@test", app=worker.make_app(), timeout=0.5)
    steer = control(worker)
    steer.inspector.learn([worker.hostname])
    await steer.inspector.ping()
    # Known at once: this one would wait for an hour.
    steer.commander.remote.timeout = 3600.0
    with pytest.raises(NoSuchWorkerError, match="No such worker"):
        await asyncio.wait_for(steer.pool_grow("nobody@test"), 10)


async def test_shutdown_ends_the_worker(redis_url: str, start_worker: Any) -> None:
    worker = start_worker(redis_url)
    reply = await worker_shutdown(worker.hostname, app=worker.make_app())
    assert reply == {"ok": "Shutting down!"}
    eventually(lambda: not worker.alive, 20)


async def test_the_functions_use_the_current_application_and_give_the_raw_reply(
    redis_url: str, start_worker: Any
) -> None:
    worker = start_worker(redis_url)
    worker.make_app().set_current()
    assert await worker_pool_grow(worker.hostname) == {"ok": "pool will grow"}
    assert await get_active_queue_names() == ["celery"]


async def test_limits_are_set_and_refused_with_the_workers_reason(
    redis_url: str, start_worker: Any, control: Any
) -> None:
    worker = start_worker(redis_url)
    steer = control(worker)
    (answer,) = await steer.rate_limit("tests.add", "10/m")
    assert answer.ok
    assert "5927" in answer.message
    (answer,) = await steer.rate_limit("tests.add", "0", worker=worker.hostname)
    assert answer.message.startswith("rate limit disabled")
    (answer,) = await steer.time_limit("tests.add", soft=1.5, hard=3)
    assert answer.message == "time limits set successfully"
    with pytest.raises(CommandRefusedError, match="rate_limit refused: unknown task"):
        await steer.rate_limit("tests.nowhere", "10/m")
    with pytest.raises(CommandRefusedError, match="Invalid rate limit"):
        await steer.rate_limit("tests.add", "many")
