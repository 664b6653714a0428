"""Inspecting real workers over real brokers."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis
from polling import eventually, eventually_async

from antflow.cluster.inspector import Inspector
from antflow.exceptions import InspectionTimeoutError

BROKERS = ["redis_url", "rabbit_url"]


@pytest.fixture
async def inspect_with() -> AsyncIterator[Any]:
    """`inspect_with(worker, timeout)`: an inspector, closed with the test."""
    made: list[Inspector] = []

    def make(worker: Any, timeout: float = 5.0, loop: Any = None) -> Inspector:
        made.append(Inspector(loop, worker.make_app(), timeout))
        return made[-1]

    yield make
    for each in made:
        await each.aclose()


async def test_the_record_of_a_worker_has_every_field_of_the_promise(
    broker_url: str, start_worker: Any, inspect_with: Any
) -> None:
    worker = start_worker(broker_url, concurrency=2)
    inspector = inspect_with(worker)
    found = await inspector.inspect()
    assert list(found) == [worker.hostname]
    info = found[worker.hostname]
    assert (info["hostname"], info["status"], info["active"]) == (worker.hostname, "online", 0)
    assert info["processed"] == 0
    assert len(info["load"]) == 3
    assert all(isinstance(each, float) for each in info["load"])
    pool = info["pool"]
    assert (pool["max-concurrency"], len(pool["processes"])) == (2, 2)
    assert isinstance(pool["max-tasks-per-child"], int)
    assert pool["timeouts"] == [0.0, 0.0]
    assert isinstance(pool["writes"]["avg"], float)
    assert {"utime", "stime", "maxrss", "nivcsw"} <= info["rusage"].keys()
    assert "tests.add" in info["registered"]
    (queue,) = info["active_queues"]
    assert (queue["name"], queue["exchange"]["name"]) == ("celery", "celery")
    assert isinstance(info["clock"], int)
    assert info["sw_ident"] == "py-celery"
    assert info["sw_ver"]
    assert info["sw_sys"]
    raw = inspector.workers
    assert isinstance(raw, defaultdict)
    assert raw[worker.hostname].keys() == {*Inspector.methods, "timestamp"}
    assert isinstance(raw[worker.hostname]["revoked"], set)


@pytest.mark.parametrize("broker", BROKERS)
async def test_known_workers_answer_with_the_last_reply_and_not_at_the_timeout(
    request: pytest.FixtureRequest, broker: str, start_worker: Any, inspect_with: Any
) -> None:
    url = request.getfixturevalue(broker)
    workers = [start_worker(url) for _ in range(3)]
    inspector = inspect_with(workers[0], 30.0)
    names = sorted(worker.hostname for worker in workers)
    assert sorted(await inspector.inspect()) == names
    began = time.perf_counter()
    assert sorted(await inspector.inspect()) == names
    # Promised are 0.1 s; ten times that on a machine that does other things too.
    assert time.perf_counter() - began < 1.0


async def test_nothing_is_left_on_the_broker_nor_in_threads(
    redis_url: str, start_worker: Any, inspect_with: Any
) -> None:
    worker = start_worker(redis_url)
    inspector = inspect_with(worker)
    before = threading.active_count()
    with redis.Redis.from_url(redis_url) as client:
        for _ in range(5):
            await inspector.inspect()
        await inspector.ping()
        left = [key for key in client.keys("*") if b"reply" in key or b"celeryev" in key]
    assert left == []
    await eventually_async(lambda: threading.active_count() <= before)


async def test_a_known_worker_that_is_silent_is_named_and_then_forgotten(
    redis_url: str, start_worker: Any, inspect_with: Any
) -> None:
    worker, other = start_worker(redis_url), start_worker(redis_url)
    inspector = inspect_with(worker, 1.0)
    await inspector.ping()
    assert inspector.known == {worker.hostname, other.hostname}
    worker.freeze()
    assert list(await inspector.inspect()) == [other.hostname]
    assert inspector.known == {other.hostname}
    with pytest.raises(InspectionTimeoutError, match=f"(?i)timeout.*{worker.hostname}"):
        await inspector.inspect(worker.hostname)
    worker.thaw()
    assert list(await inspector.inspect(worker.hostname)) == [worker.hostname]
    other.freeze()
    worker.freeze()
    with pytest.raises(InspectionTimeoutError) as caught:
        await inspector.inspect()
    assert worker.hostname in str(caught.value)
    assert other.hostname in str(caught.value)
    for each in (worker, other):
        each.thaw()


async def test_without_any_worker_the_answer_is_empty(redis_url: str) -> None:
    from celery_apps.configured import make_app

    inspector = Inspector(None, make_app(redis_url), 0.5)
    assert await inspector.inspect() == {}
    assert [await each for each in inspector.inspect()] == [{}] * 8
    await inspector.aclose()


async def test_a_new_worker_is_found_by_the_next_survey(
    redis_url: str, start_worker: Any, inspect_with: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from antflow.cluster.inspector import roster

    worker = start_worker(redis_url)
    inspector = inspect_with(worker)
    await inspector.inspect()
    other = start_worker(redis_url)
    assert list(await inspector.inspect()) == [worker.hostname]
    monkeypatch.setattr(roster, "SURVEY_EVERY", 0.0)
    assert set(await inspector.inspect()) == {worker.hostname, other.hostname}


async def test_each_future_gives_the_answers_to_its_method(
    redis_url: str, start_worker: Any, inspect_with: Any
) -> None:
    worker = start_worker(redis_url)
    futures = inspect_with(worker).inspect(worker.hostname)
    assert isinstance(futures, list)
    found = dict(zip(Inspector.methods, await asyncio.gather(*futures), strict=True))
    assert found["stats"][worker.hostname]["total"] == {}
    assert found["conf"][worker.hostname]["task_default_queue"] == "celery"


async def test_calls_that_come_meanwhile_share_one_inspection(
    redis_url: str, start_worker: Any, inspect_with: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = [start_worker(redis_url) for _ in range(2)]
    inspector = inspect_with(workers[0])
    await inspector.ping()
    asked: list[Any] = []
    ask = inspector.remote.ask

    def counted(commands: Any, destination: Any = None, **options: Any) -> Any:
        asked.append(sorted(destination))
        return ask(commands, destination, **options)

    monkeypatch.setattr(inspector.remote, "ask", counted)
    one, two = (worker.hostname for worker in workers)
    found = await asyncio.gather(
        inspector.inspect(one), inspector.inspect(), inspector.inspect(), inspector.inspect(two)
    )
    assert [sorted(each) for each in found] == [[one], [one, two], [one, two], [two]]
    assert asked == [[one], [two]]


async def test_active_tasks_have_every_field_of_the_promise(
    redis_url: str, start_worker: Any, inspect_with: Any
) -> None:
    worker = start_worker(redis_url)
    inspector = inspect_with(worker)
    sent = worker.make_app().send_task("tests.sleep", (60,))
    await eventually_async(lambda: _active(inspector, worker.hostname))
    (task,) = (await inspector.ask("active"))[worker.hostname]
    assert (task["id"], task["name"], task["args"]) == (sent.id, "tests.sleep", [60])
    assert (task["type"], task["hostname"]) == ("tests.sleep", worker.hostname)
    assert task["kwargs"] == {}
    assert isinstance(task["time_start"], float)
    assert isinstance(task["worker_pid"], int)
    assert task["acknowledged"] is True
    assert {"exchange", "routing_key", "priority", "redelivered"} <= task["delivery_info"].keys()
    info = (await inspector.inspect(worker.hostname))[worker.hostname]
    assert info["active"] == 1


async def _active(inspector: Inspector, worker: str) -> bool:
    return bool((await inspector.ask("active"))[worker])


async def test_the_seeds_own_methods_ask_and_keep(
    redis_url: str, start_worker: Any, inspect_with: Any
) -> None:
    worker = start_worker(redis_url)
    inspector = inspect_with(worker)
    await asyncio.to_thread(inspector._inspect, "registered", worker.hostname)
    assert "tests.add" in inspector.workers[worker.hostname]["registered"]
    inspector._on_update("a@b", "revoked", ["one"])
    assert inspector.workers["a@b"]["revoked"] == {"one"}


def test_a_loop_that_is_given_gets_the_results(redis_url: str, start_worker: Any) -> None:
    before = set(threading.enumerate())
    worker = start_worker(redis_url)
    loop = asyncio.new_event_loop()
    inspector = Inspector(loop, worker.make_app(), 5.0)
    threads: list[int] = []

    async def main() -> None:
        for future in (futures := inspector.inspect(worker.hostname)):
            assert future.get_loop() is loop
            future.add_done_callback(lambda _future: threads.append(threading.get_ident()))
        await futures

    loop.run_until_complete(main())
    assert set(threads) == {threading.get_ident()}
    inspector.close()
    loop.close()
    eventually(lambda: set(threading.enumerate()) <= before)


async def test_a_broker_that_was_restarted_is_asked_over_a_new_connection(
    redis_server: Any, redis_url: str, start_worker: Any, inspect_with: Any
) -> None:
    worker = start_worker(redis_url)
    inspector = inspect_with(worker)
    await inspector.inspect()
    with redis.Redis.from_url(redis_url) as client:
        client.client_kill_filter(_type="normal", skipme=True)
    assert await eventually_async(lambda: _answers(inspector, worker.hostname), 20)


async def _answers(inspector: Inspector, worker: str) -> bool:
    try:
        return bool(await inspector.inspect(worker))
    except InspectionTimeoutError:
        # The worker has lost its own connections too and comes back in a moment.
        return False
