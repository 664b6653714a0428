"""The examples of the text on worker management, as they stand, with real workers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from polling import eventually

BROKERS = ["redis_url", "rabbit_url"]


@pytest.fixture(params=BROKERS)
def url(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(request.param)
    return found


def played(home: Any, script: str, url: str) -> list[str]:
    done = home.run(script, CELERY_BROKER_URL=url)
    assert (done.returncode, done.stderr) == (0, "")
    return list(done.stdout.splitlines())


def with_load(shown: list[str]) -> list[str]:
    assert re.fullmatch(r" Load: \[\d+\.\d+, \d+\.\d+, \d+\.\d+\]", shown[8]), shown
    return shown


def test_basic_worker_inspection_and_a_specific_worker(home: Any, url: str, worker1: Any) -> None:
    worker1(url)
    script = 'play_plain("basic_worker_inspection"); play_plain("inspect_specific_worker")'
    # the load comes with a heartbeat, which a busy worker may send after the inspector's time
    shown = eventually(lambda: with_load(played(home, script, url)), 90)
    assert shown[:2] == ["Found 1 workers", "Worker: celery@worker1"]
    assert [line.strip() for line in shown[2:5]] == [
        "Status: online",
        "Active tasks: 0",
        "Processed: 0",
    ]
    assert shown[5] == "Worker celery@worker1:"
    assert "'tests.add'" in shown[6]
    assert shown[7].strip() == "Active queues: 1"


PREPARED = """
import celery
celery_app = celery.Celery('myapp', broker='redis://localhost:6379')
async def main():
    await play("worker_control_operations")
    await play("queue_consumer_management")
    for name in {names!r}:
        print(name, await names[name]())
asyncio.run(main())
"""


def test_worker_control_and_queue_consumers(home: Any, url: str, worker1: Any) -> None:
    worker = worker1(url, queues=["celery", "low_priority"])
    names = ["grow_pool", "add_queue_consumer", "remove_queue_consumer", "restart_pool"]
    played(home, PREPARED.format(names=names), url)
    control = worker.make_app().control

    def consumed() -> list[str]:
        found = (control.inspect().active_queues() or {}).get("celery@worker1", [])
        return sorted(each["name"] for each in found)

    eventually(lambda: consumed() == ["celery", "high_priority"], 20)
    played(home, PREPARED.format(names=["shutdown_worker"]), url)
    eventually(lambda: not worker.alive, 20)


def test_autoscaling(home: Any, redis_url: str, worker1: Any) -> None:
    worker = worker1(redis_url, "--autoscale=3,1")
    played(home, PREPARED.format(names=["configure_autoscale"]), redis_url)
    stats = worker.make_app().control.inspect().stats()["celery@worker1"]
    assert (stats["autoscaler"]["min"], stats["autoscaler"]["max"]) == (2, 10)


MONITORED = """
import celery
from flower.inspector import Inspector
async def main():
    names["inspector"] = Inspector(None, celery.Celery('myapp'), timeout=10.0)
    await play("real_time_monitoring")
    monitor = names["monitor"]
    seen = asyncio.Event()
    update = monitor.process_worker_updates
    async def told(workers):
        await update(workers)
        monitor.stop_monitoring()
        seen.set()
    monitor.process_worker_updates = told
    await asyncio.wait_for(seen.wait(), 30)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
asyncio.run(main())
"""


def test_real_time_monitoring(home: Any, url: str, worker1: Any) -> None:
    worker1(url)
    shown = played(home, MONITORED, url)
    told = r"celery@worker1: online, 0 active, load: \d+\.\d\d"
    assert re.fullmatch(told, shown[0])
    assert not [line for line in shown if line.startswith("Monitoring error")]


COMBINED = """
import celery
async def main():
    await play("integration_with_events")
    loop = asyncio.get_running_loop()
    manager = names["WorkerManager"](celery.Celery('myapp'), loop)
    manager.events.start()
    for _ in range(200):
        if manager.events.workers:
            break
        await asyncio.sleep(0.05)
    combined = await manager.get_complete_worker_info()
    manager.events.stop()
    for name, info in combined.items():
        print(name, info["online"], info["inspection"]["status"], info["last_heartbeat"] > 0)
asyncio.run(main())
"""


def test_integration_with_events(home: Any, url: str, worker1: Any) -> None:
    worker1(url)
    assert played(home, COMBINED, url) == ["celery@worker1 True online True"]


FAILING = """
import celery
from flower.inspector import Inspector
from flower.api.control import worker_shutdown
async def main():
    inspector = Inspector(None, celery.Celery('myapp'), timeout=1.0)
    inspector.known.update({known!r})
    names.update(inspector=inspector, worker_shutdown=worker_shutdown)
    await play("error_handling")
asyncio.run(main())
"""

TIMED_OUT = "Worker inspection timed out - workers may be overloaded"
NO_BROKER = "Cannot connect to broker - check broker status"
NO_WORKER = "Worker not found or already offline"


def test_errors_tell_a_timeout_from_a_missing_worker(home: Any, url: str) -> None:
    known = FAILING.format(known=["celery@worker1"])
    assert played(home, known, url) == [TIMED_OUT, NO_WORKER]
    assert played(home, FAILING.format(known=[]), url) == [NO_WORKER]


@pytest.mark.parametrize("address", ["redis://:pw@127.0.0.1:1/0", "amqp://u:pw@127.0.0.1:1//"])
def test_errors_tell_that_there_is_no_broker(home: Any, address: str) -> None:
    shown = played(home, FAILING.format(known=[]), address)
    assert shown[0] == NO_BROKER
    assert shown[1].startswith("Control command failed: No connection to the broker")
    assert "pw@" not in shown[1]


def test_every_example_has_a_test() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    folder = Path(__file__).parent / "worker_management"
    assert [path.stem for path in folder.glob("*.py") if path.stem not in here] == []
