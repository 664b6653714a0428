"""C5: workers' clocks are minutes apart; what is shown is right all the same."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from polling import eventually_async
from publishing import Publisher, Voice
from sending import let_go
from sizes import GUARD

from antflow.cluster import Cluster
from antflow.cluster.views import task_view
from antflow.source import Latency, TaskView

MINUTES = 300.0
SHIFTED = Path(__file__).parent / "shifted"


@pytest.fixture
async def cluster(redis_url: str) -> AsyncIterator[Cluster]:
    async with Cluster(broker=redis_url, enable_events=False) as cluster:
        await eventually_async(lambda: cluster.events.health().connected, 20)
        yield cluster


@pytest.fixture
def publisher(redis_url: str) -> Iterator[Publisher]:
    with Publisher(redis_url) as publisher:
        yield publisher


def assert_no_negative_duration(cluster: Cluster) -> None:
    for group in cluster.frame().groups:
        for latency in (group.running_time, group.waiting_time):
            assert_not_negative(latency)
    for task in map(task_view, cluster.state.find(limit=1_000)[0]):
        assert task.runtime is None or task.runtime >= 0.0
        assert_in_order(task)
    assert all(queue.oldest is None or queue.oldest > 0 for queue in cluster.frame().queues)


def assert_not_negative(latency: Latency) -> None:
    assert all(value is None or value >= 0.0 for value in (latency.p50, latency.p95, latency.p99))


def assert_in_order(task: TaskView) -> None:
    times = [at for at in (task.received, task.started, task.finished) if at is not None]
    assert times == sorted(times), task


async def test_workers_of_wrong_clocks_are_online_and_their_drift_is_shown(
    cluster: Cluster, publisher: Publisher
) -> None:
    voices = [Voice(f"{name}@test", ahead) for name, ahead in (("fast", 300.0), ("slow", -300.0))]
    right = Voice("right@test")
    publisher.events([voice.beats() for voice in (*voices, right)])
    await eventually_async(lambda: len(cluster.state.workers) == 3, 10)
    rows = {row.name: row for row in cluster.frame().workers}
    assert {row.status for row in rows.values()} == {"idle"}
    drift = cluster.frame().health.drift
    assert drift == {
        "fast@test": pytest.approx(MINUTES, abs=5.0),
        "slow@test": pytest.approx(-MINUTES, abs=5.0),
    }
    assert rows["fast@test"].drift == drift["fast@test"]


@pytest.mark.parametrize("ahead", [MINUTES, -MINUTES, 0.0])
async def test_a_silent_worker_of_a_wrong_clock_is_offline_as_soon_as_any(
    cluster: Cluster, publisher: Publisher, ahead: float
) -> None:
    voice = Voice("silent@test", ahead)
    publisher.events([voice.beats(), *voice.takes("left")])
    await eventually_async(lambda: "left" in cluster.state.tasks, 10)
    assert cluster.state.workers["silent@test"].online
    await eventually_async(lambda: not cluster.state.workers["silent@test"].online, GUARD * 4.0)
    await eventually_async(lambda: cluster.state.tasks["left"].orphaned, GUARD * 10.0)


async def test_no_duration_is_negative_where_a_task_goes_from_clock_to_clock(
    cluster: Cluster, publisher: Publisher
) -> None:
    """Sent by one, received and retried by the next, ended by a third, each minutes off."""
    voices = [Voice("fast@test", MINUTES), Voice("slow@test", -MINUTES), Voice("right@test")]
    client = Voice("client@test", 2 * MINUTES)
    for number in range(30):
        uuid = f"task-{number}"
        first, second, third = (voices[(number + step) % 3] for step in range(3))
        told = {"uuid": uuid, "name": "made.up", "queue": "celery", "args": "()", "kwargs": "{}"}
        publisher.events([client.says("task-sent", **told)])
        publisher.events(first.takes(uuid))
        publisher.events([first.says("task-retried", uuid=uuid, exception="E('x')")])
        publisher.events(second.takes(uuid))
        publisher.events([second.says("task-retried", uuid=uuid, exception="E('y')")])
        publisher.events([*third.takes(uuid), third.succeeds(uuid)])
    await eventually_async(
        lambda: cluster.state.states() == {"SUCCESS": 30},
        10,
        what=lambda: str(cluster.state.states()),
    )
    assert_no_negative_duration(cluster)


async def test_real_workers_of_wrong_clocks(
    redis_url: str, backend_url: str, start_worker: Callable[..., Any]
) -> None:
    """Two processes that take the time to be five minutes more, and less, than it is."""
    import workers

    for shift in (MINUTES, -MINUTES):
        env = {
            "ANTFLOW_TEST_CLOCK": str(shift),
            "PYTHONPATH": f"{SHIFTED}:{workers.SUPPORT}",
        }
        worker = start_worker(redis_url, backend_url, env=env)
    app = worker.make_app()
    async with Cluster(app) as cluster:
        await eventually_async(lambda: len(cluster.state.workers) == 2, 20)
        # no retries: when they are due is reckoned by one wrong clock and read by another
        sent = {app.send_task("tests.add", (number, 1)).id for number in range(30)}
        await eventually_async(
            lambda: (
                sent <= cluster.state.tasks.keys()
                and {cluster.state.tasks[uuid].state for uuid in sent} == {"SUCCESS"}
            ),
            40,
            what=lambda: str(cluster.state.states()),
        )
        assert sorted(round(drift, -1) for drift in cluster.frame().health.drift.values()) == [
            -MINUTES,
            MINUTES,
        ]
        assert all(worker.online for worker in cluster.state.workers.values())
        assert_no_negative_duration(cluster)
    let_go(app)
