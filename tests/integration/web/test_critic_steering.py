"""Steering that must hold: paused stays paused, no worker is told to fork without end."""

from __future__ import annotations

from typing import Any

import pytest
from celery import Celery
from polling import eventually_async

from antflow.cluster import Cluster
from antflow.cluster.control import Control
from antflow.cluster.publisher import Publisher
from antflow.cluster.requeue import Requeue
from antflow.cluster.results import Results
from antflow.cluster.state import TaskRecord


async def consumed(cluster: Cluster) -> list[str]:
    found = await cluster.inspector.ask("active_queues")
    return [queue["name"] for queues in found.values() for queue in queues]


async def test_a_paused_queue_stays_paused_though_its_worker_starts_anew(
    redis_url: str, start_worker: Any
) -> None:
    worker = start_worker(redis_url, queues=["celery", "slow"])
    async with Cluster(worker.make_app(), timeout=5.0) as cluster:
        await eventually_async(lambda: worker.hostname in cluster.inspector.known, 20)
        await cluster.command("queue.pause", "slow")
        worker.kill9()
        worker.start()

        async def only_the_other_one() -> bool:
            return await consumed(cluster) == ["celery"]

        await eventually_async(only_the_other_one, 60, interval=0.3)
        (answer,) = await cluster.command("queue.resume", "slow")
        assert answer.ok
        assert sorted(await consumed(cluster)) == ["celery", "slow"]


@pytest.mark.parametrize("n", [1_001, 10**20])
async def test_no_worker_is_told_to_fork_thousands_of_processes(n: int) -> None:
    """It would do so, and answer nothing for ever."""
    control = Control(Celery(broker="memory://", set_as_current=False), timeout=0.1)
    for command in (control.pool_grow("w@a", n), control.autoscale("w@a", 1, n)):
        with pytest.raises(ValueError, match="1000 at most"):
            await command
    await control.aclose()


async def test_a_failed_task_whose_name_no_event_told_is_sent_by_the_stored_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publisher, results = (
        kind(Celery(broker="memory://", set_as_current=False)) for kind in (Publisher, Results)
    )
    requeue = Requeue(publisher, results)  # type: ignore[arg-type]
    sent: list[str] = []

    async def send(name: str, *_args: Any) -> None:
        sent.append(name)

    async def stored(records: Any) -> dict[str, Any]:
        return {each.uuid: {"name": "proj.add", "args": [1], "kwargs": {}} for each in records}

    monkeypatch.setattr(publisher, "send", send)
    monkeypatch.setattr(requeue, "_stored", stored)
    (answer,) = await requeue.send([TaskRecord("a", name=None, state="FAILURE")])
    assert answer.ok
    assert sent == ["proj.add"]
    await publisher.stop()
