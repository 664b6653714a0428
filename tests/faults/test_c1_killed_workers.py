"""C1: workers are killed in mid-task; nothing is lost, and what happened is shown."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from effects import FOLDER
from polling import eventually_async
from sending import let_go
from sizes import GUARD, KILLS, TASKS
from workers import WorkerProcess

from antflow.cluster import Cluster

SECONDS = 0.05
"""Seconds a task takes: long enough to be hit in its midst."""

AT_ONCE = 2
"""Workers that run side by side."""

HEARTBEATS = 2 * 2.0
ORPHANED_WITHIN = 10.0
OVER_WITHIN = 100.0 if KILLS == 10 else 1_800.0

CONF: dict[str, Any] = {
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    # Redis gives back what a dead worker had after this time only; 3,600 s is the default.
    "broker_transport_options": {"visibility_timeout": 3, "unacked_restore_interval": 2},
}

pytestmark = pytest.mark.timeout(300)  # ten killed workers, each started anew, on a slow machine


class Herd:
    """Workers of which one after the other is killed."""

    def __init__(self, broker: str, backend: str, effects: Path, start: Callable[..., Any]) -> None:
        self.alive: list[WorkerProcess] = []
        self.dead: list[WorkerProcess] = []
        self._start = lambda: start(
            broker,
            backend,
            app="effects:app",
            concurrency=2,
            conf=CONF if broker.startswith("redis") else {**CONF, "broker_transport_options": {}},
            env={FOLDER: str(effects), "PYTHONPATH": python_path()},
        )

    async def grow(self) -> None:
        self.alive.append(await asyncio.to_thread(self._start))

    def kill(self, worker: WorkerProcess) -> None:
        worker.kill9()
        self.alive.remove(worker)
        self.dead.append(worker)


def python_path() -> str:
    import workers

    return f"{Path(__file__).parent}:{workers.SUPPORT}"


@pytest.fixture(params=["redis_url", "rabbit_url"])
async def herd(
    request: pytest.FixtureRequest,
    backend_url: str,
    effects: Path,
    start_worker: Callable[..., Any],
) -> Herd:
    herd = Herd(request.getfixturevalue(request.param), backend_url, effects, start_worker)
    await asyncio.gather(*(herd.grow() for _ in range(AT_ONCE)))
    return herd


async def test_no_task_is_lost_and_dead_workers_are_shown(herd: Herd, effects: Path) -> None:
    """All tasks' effects are there, all tasks ended in the state, the dead are offline."""
    app = herd.alive[0].make_app()
    async with Cluster(app) as cluster:
        await eventually_async(lambda: len(cluster.state.workers) == AT_ONCE, 20)
        keys = {f"key-{number}" for number in range(TASKS)}
        sent = await asyncio.to_thread(send_all, app, sorted(keys))
        await kill_them_in_turn(herd, cluster, KILLS)
        await eventually_async(
            lambda: {path.name for path in effects.iterdir()} == keys, OVER_WITHIN, interval=0.2
        )
        await eventually_async(
            lambda: (
                {task.state for uuid, task in cluster.state.tasks.items() if uuid in sent}
                == {"SUCCESS"}
            ),
            60,
            interval=0.2,
            what=lambda: str(cluster.state.states()),
        )
        assert sent <= cluster.state.tasks.keys()
        assert {w.hostname for w in herd.dead} == {
            name for name, worker in cluster.state.workers.items() if not worker.online
        }
        assert not any(task.orphaned for task in cluster.state.tasks.values())
    let_go(app)


def send_all(app: Any, keys: list[str]) -> set[str]:
    return {app.send_task("faults.effect", (key, SECONDS)).id for key in keys}


async def kill_them_in_turn(herd: Herd, cluster: Cluster, kills: int) -> None:
    chance = random.Random(1)
    checks = []
    for _ in range(kills):
        checks.append(asyncio.create_task(herd.grow()))
        victim = await eventually_async(lambda: one_at_work(herd, cluster, chance), 60)
        in_hand = set(cluster.state.workers[victim.hostname].running)
        herd.kill(victim)
        checks.append(asyncio.create_task(is_shown_dead(cluster, victim.hostname, in_hand)))
    await asyncio.gather(*checks)


def one_at_work(herd: Herd, cluster: Cluster, chance: random.Random) -> WorkerProcess | None:
    workers = cluster.state.workers
    busy = [w for w in herd.alive if w.hostname in workers and workers[w.hostname].running]
    return chance.choice(busy) if busy else None


async def is_shown_dead(cluster: Cluster, name: str, in_hand: set[str]) -> None:
    """Offline soon, and what it ran runs elsewhere, or is orphaned, or ended before."""
    await eventually_async(lambda: not cluster.state.workers[name].online, GUARD * HEARTBEATS)
    tasks = cluster.state.tasks
    await eventually_async(
        lambda: all(
            task.orphaned or task.state != "STARTED" or task.worker != name
            for task in map(tasks.__getitem__, in_hand)
        ),
        GUARD * ORPHANED_WITHIN,
    )
    row = next(row for row in cluster.frame().workers if row.name == name)
    assert (row.status, row.active) == ("offline", 0)


async def test_the_tasks_of_a_dead_worker_are_orphaned_until_another_takes_them(
    redis_url: str, backend_url: str, effects: Path, start_worker: Callable[..., Any]
) -> None:
    herd = Herd(redis_url, backend_url, effects, start_worker)
    await herd.grow()
    app = herd.alive[0].make_app()
    async with Cluster(app) as cluster:
        sent = [app.send_task("faults.effect", (str(number), 3.0)).id for number in range(2)]
        records = cluster.state.tasks
        await eventually_async(
            lambda: [records[uuid].state for uuid in sent if uuid in records] == ["STARTED"] * 2, 20
        )
        herd.kill(herd.alive[0])
        await eventually_async(
            lambda: all(records[uuid].orphaned for uuid in sent),
            GUARD * (HEARTBEATS + ORPHANED_WITHIN),
        )
        assert cluster.frame().workers[0].status == "offline"
        await herd.grow()
        await eventually_async(
            lambda: all(records[uuid].state == "SUCCESS" for uuid in sent), 60, interval=0.1
        )
        assert not any(records[uuid].orphaned for uuid in sent)
    assert {path.read_text() for path in effects.iterdir()} == {"x"}
    let_go(app)
