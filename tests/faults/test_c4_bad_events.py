"""C4: events are lost, doubled, shuffled and spoilt on their way; the truth wins."""

from __future__ import annotations

import asyncio
import json
import pickle
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from celery import Celery
from lossy import Lossy
from polling import eventually_async
from publishing import Publisher, Voice
from sending import let_go
from sizes import LOSSY

from antflow.cluster import Cluster, following

FINISHED = {"SUCCESS", "FAILURE", "REVOKED"}


class Trap:
    def __reduce__(self) -> Any:
        return (exec, ("raise SystemExit('a message was executed')",))


DEEP = b"[" * 100_000 + b"]" * 100_000
SPOILT: list[tuple[bytes, str]] = [
    (b"", "application/json"),
    (b"no JSON", "application/json"),
    (b"null", "application/json"),
    (b'["a", 1, null, [[]]]', "application/json"),
    (b"{}", "application/json"),
    (b'{"type": "task-started"}', "application/json"),
    (b'{"type": null, "hostname": "bad@test"}', "application/json"),
    (b'{"type": ["task-failed"], "hostname": {}, "uuid": []}', "application/json"),
    (b'{"type": "task-succeeded", "hostname": "bad@test", "uuid": 7}', "application/json"),
    (b'{"type": "worker-heartbeat", "hostname": "\\ud800", "freq": NaN}', "application/json"),
    (b'{"type": "worker-heartbeat", "hostname": 3, "freq": "often"}', "application/json"),
    (DEEP, "application/json"),
    (b'{"type": "task-failed", "deep": ' + DEEP + b"}", "application/json"),
    (b"\xff\xfe\x00" * 1_000, "application/json"),
    (pickle.dumps(Trap()), "application/x-python-serialize"),
    (b"!!python/object/apply:os.abort []", "application/x-yaml"),
]


@pytest.fixture
async def cluster(redis_url: str) -> AsyncIterator[Cluster]:
    async with Cluster(broker=redis_url, enable_events=False) as cluster:
        await eventually_async(lambda: cluster.events.health().connected, 20)
        yield cluster


async def test_spoilt_messages_cost_themselves_alone(cluster: Cluster, redis_url: str) -> None:
    voice = Voice("good@test")
    with Publisher(redis_url) as publisher:
        publisher.events([voice.beats()])
        for number, (body, content_type) in enumerate(SPOILT):
            publisher.raw(body, content_type)
            publisher.bare(body[:10_000])
            publisher.events(list(voice.whole(f"task-{number}")))
    await eventually_async(
        lambda: cluster.state.states().get("SUCCESS") == len(SPOILT),
        30,
        what=lambda: str((cluster.state.states(), cluster.events.health())),
    )
    assert cluster.events.health().malformed >= len(SPOILT)
    assert cluster.events.health().connected
    # some of these name a worker, be it in vain
    assert {row.name for row in cluster.frame().workers} - {"bad@test", "?"} == {"good@test"}


async def test_a_malformed_entry_costs_no_other_of_its_message(
    cluster: Cluster, redis_url: str
) -> None:
    voice = Voice("good@test")
    mixed: list[Any] = []
    for number in range(100):
        mixed += [*voice.whole(f"task-{number}"), number, {"type": "task-failed", "uuid": []}]
    with Publisher(redis_url) as publisher:
        publisher.raw(json.dumps(mixed).encode())
    await eventually_async(lambda: cluster.state.states() == {"SUCCESS": 100}, 20)
    assert cluster.events.health().malformed == 200


async def test_an_event_of_a_megabyte_is_taken_and_kept_small(
    cluster: Cluster, redis_url: str
) -> None:
    voice = Voice("good@test")
    received, started = voice.takes("large")
    received["args"] = "x" * 1_000_000
    failed = voice.says("task-failed", uuid="large", exception="E('y')", traceback="z" * 1_000_000)
    with Publisher(redis_url) as publisher:
        publisher.events([received], 1)
        publisher.events([started, failed], 2)
    await eventually_async(lambda: cluster.state.states() == {"FAILURE": 1}, 20)
    record = cluster.state.tasks["large"]
    assert len(record.args or "") < 50_000
    assert len(record.traceback or "") < 50_000


async def test_a_finished_task_never_runs_again(cluster: Cluster, redis_url: str) -> None:
    """Its events again, in every order, by the hundred: it stays as it ended."""
    chance = random.Random(3)
    voice = Voice("good@test")
    ended = {f"task-{number}": list(voice.whole(f"task-{number}")) for number in range(50)}
    again: list[Any] = []
    cluster.events.subscribe(again.append)
    with Publisher(redis_url) as publisher:
        publisher.events([event for events in ended.values() for event in events])
        await eventually_async(lambda: cluster.state.states() == {"SUCCESS": 50}, 20)
        seen = watch_states(cluster)
        doubles = [event for events in ended.values() for event in events] * 4
        chance.shuffle(doubles)
        publisher.events(doubles)
    await eventually_async(lambda: len(again) >= 750, 20)
    assert seen == Counter({"SUCCESS": 600})
    assert cluster.frame().totals.succeeded == 50


def watch_states(cluster: Cluster) -> Counter[str]:
    """Counts the state of the task of each event, right after it was applied."""
    seen: Counter[str] = Counter()
    tasks = cluster.state.tasks
    cluster.events.subscribe(lambda event: seen.update([tasks[event["uuid"]].state]))
    return seen


@pytest.fixture
async def lossy(
    redis_url: str,
    backend_url: str,
    start_worker: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[tuple[Cluster, Lossy, Celery]]:
    """A cluster that hears its workers through something that loses, doubles and shuffles."""
    monkeypatch.setattr(following, "RECONCILE_EVERY", 2.0)
    workers = [start_worker(redis_url, backend_url, concurrency=2) for _ in range(2)]
    sender, heard = workers[0].make_app(), workers[0].make_app(event_exchange="celerylossy")
    with Lossy(redis_url, "celeryev", "celerylossy", SPOILT) as lossy:
        async with Cluster(heard) as cluster:
            await eventually_async(lambda: cluster.events.health().connected, 20)
            await eventually_async(lambda: len(cluster.state.workers) >= 2, 20)
            yield cluster, lossy, sender
    let_go(sender)
    let_go(heard)


async def test_the_state_converges_to_the_truth(
    lossy: tuple[Cluster, Lossy, Celery],
) -> None:
    """10 % lost, 10 % doubled, shuffled within a second, spoilt ones between; some unheard."""
    cluster, relay, app = lossy
    tasks = cluster.state.tasks
    relapses: list[str] = []
    ended: dict[str, str] = {}

    def watch(event: dict[str, Any]) -> None:
        record = tasks.get(str(event.get("uuid")))
        if record is None:
            return
        if record.uuid in ended and record.state != ended[record.uuid]:
            relapses.append(f"{record.uuid}: {ended[record.uuid]} -> {record.state}")
        if record.state in FINISHED:
            ended[record.uuid] = record.state

    cluster.events.subscribe(watch)
    truth = await asyncio.to_thread(send, app, relay)
    await eventually_async(
        lambda: (
            {uuid: task.state for uuid, task in tasks.items() if uuid in truth}
            == {uuid: state for uuid, state in truth.items() if uuid in tasks}
        ),
        90,
        interval=0.2,
        what=lambda: str(
            [(t.state, t.name, t.worker) for t in tasks.values() if truth.get(t.uuid) != t.state][
                :20
            ]
        ),
    )
    assert len(truth.keys() & tasks.keys()) >= 0.99 * len(truth)
    assert relapses == []
    assert cluster.events.health().malformed > 0
    await eventually_async(
        lambda: (
            sum(worker.missed for worker in cluster.state.workers.values()) >= len(relay.unheard)
        ),
        30,
    )
    known = {row.name for row in cluster.frame().workers if "bad" not in row.name}
    assert {row.name for row in cluster.frame().workers if row.missed} <= known


def send(app: Celery, relay: Lossy) -> dict[str, str]:
    """What was sent, and how it is bound to end."""
    truth: dict[str, str] = {}
    for number in range(LOSSY):
        if number % 10 == 0:
            truth[app.send_task("tests.fail", (f"number {number}",)).id] = "FAILURE"
        elif number % 10 == 1:
            truth[app.send_task("tests.retrying", (1, 0.1)).id] = "SUCCESS"
        else:
            truth[app.send_task("tests.add", (number, 1)).id] = "SUCCESS"
    return truth
