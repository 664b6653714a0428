"""Revoking, aborting, pausing and purging, with real workers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from polling import eventually_async

from antflow.cluster.control import Control
from antflow.exceptions import CommandRefusedError, NotFoundError, ResultBackendError


async def is_running(control: Control, task_id: str) -> bool:
    found = await control.inspector.ask("active")
    return any(task["id"] == task_id for tasks in found.values() for task in tasks)


async def test_revoke_with_terminate_ends_a_running_task(
    broker_url: str, backend_url: str, start_worker: Any
) -> None:
    worker = start_worker(broker_url, backend_url)
    app = worker.make_app()
    control = Control(app, timeout=5.0)
    running = app.send_task("tests.sleep", (600,))
    await eventually_async(lambda: is_running(control, running.id))
    (answer,) = await control.revoke(running.id, terminate=True, signal="kill")
    assert (answer.who, answer.ok) == (worker.hostname, True)
    assert running.id in answer.message
    assert await eventually_async(lambda: asyncio.to_thread(_is_revoked, running), 20)
    await control.aclose()


def _is_revoked(result: Any) -> bool:
    return bool(result.state == "REVOKED")


async def test_revoke_reaches_every_worker_and_several_tasks(
    redis_url: str, start_worker: Any
) -> None:
    workers = [start_worker(redis_url) for _ in range(2)]
    control = Control(workers[0].make_app(), timeout=5.0)
    answers = await control.revoke(["one", "two", "one"])
    assert [each.who for each in answers] == sorted(worker.hostname for worker in workers)
    revoked = await control.inspector.ask("revoked")
    assert all(set(found) == {"one", "two"} for found in revoked.values())
    await control.aclose()


async def test_revoke_without_any_worker_says_that_nobody_answered(redis_url: str) -> None:
    from celery import Celery

    control = Control(Celery(broker=redis_url, set_as_current=False), timeout=0.3)
    (answer,) = await control.revoke("one")
    assert not answer.ok
    assert "no worker answered" in answer.message
    await control.aclose()


async def test_threads_cannot_be_terminated(redis_url: str, start_worker: Any) -> None:
    worker = start_worker(redis_url, pool="threads")
    app = worker.make_app()
    control = Control(app, timeout=5.0)
    running = app.send_task("tests.sleep", (3,))
    await eventually_async(lambda: is_running(control, running.id))
    with pytest.raises(CommandRefusedError, match="cannot end a running task"):
        await control.revoke(running.id, terminate=True)
    await control.aclose()


async def test_an_abortable_task_ends(redis_url: str, backend_url: str, start_worker: Any) -> None:
    worker = start_worker(redis_url, backend_url)
    app = worker.make_app()
    control = Control(app, timeout=5.0)
    running = app.send_task("tests.abortable", (600,))
    await eventually_async(lambda: is_running(control, running.id))
    (answer,) = await control.abort(running.id)
    assert answer.ok
    assert await asyncio.to_thread(running.get, timeout=20) == "aborted"
    (late,) = await control.abort(running.id)
    assert (late.ok, late.message) == (False, "the task has already ended: SUCCESS")
    await control.aclose()


async def test_abort_needs_a_result_backend(redis_url: str) -> None:
    from celery import Celery

    control = Control(Celery(broker=redis_url, set_as_current=False))
    with pytest.raises(ResultBackendError, match="disabled"):
        await control.abort("one")
    await control.aclose()


@pytest.mark.parametrize("broker", ["redis_url", "rabbit_url"])
async def test_pause_stops_all_consumers_and_resume_brings_those_back(
    request: pytest.FixtureRequest, broker: str, backend_url: str, start_worker: Any
) -> None:
    url = request.getfixturevalue(broker)
    worker = start_worker(url, backend_url, queues=["celery", "other"])
    elsewhere = start_worker(url, backend_url, queues=["other"])
    app = worker.make_app()
    control = Control(app, timeout=5.0)
    (answer,) = await control.pause("celery")
    assert (answer.who, answer.ok) == (worker.hostname, True)
    assert control.paused == ["celery"]

    async def consumed() -> bool:
        return await control.queue_names() == ["other"]

    assert await eventually_async(consumed)
    waiting = app.send_task("tests.add", (1, 2), queue="celery")
    (answer,) = await control.pause("celery")
    assert answer.message == "celery is paused already"
    (answer,) = await control.resume("celery")
    assert (answer.who, answer.ok) == (worker.hostname, True)
    assert await asyncio.to_thread(waiting.get, timeout=20) == 3
    names = await control.inspector.ask("active_queues", elsewhere.hostname)
    assert [each["name"] for each in names[elsewhere.hostname]] == ["other"]
    with pytest.raises(NotFoundError, match="was not paused from here"):
        await control.resume("celery")
    with pytest.raises(NotFoundError, match="no worker consumes queue 'nobody'"):
        await control.pause("nobody")
    await control.aclose()


@pytest.mark.parametrize("broker", ["redis_url", "rabbit_url"])
async def test_purge_tells_how_many_messages_it_threw_away(
    request: pytest.FixtureRequest, broker: str
) -> None:
    from celery_apps.configured import make_app

    app = make_app(request.getfixturevalue(broker))
    for _ in range(3):
        app.send_task("tests.add", (1, 2), queue="waiting")
    app.pool.force_close_all()
    control = Control(app, timeout=5.0)
    (answer,) = await control.purge("waiting")
    assert (answer.who, answer.message) == ("waiting", "3")
    (answer,) = await control.purge("waiting")
    assert answer.message == "0"
    await control.aclose()


async def test_purging_a_queue_that_rabbitmq_does_not_know_is_not_found(rabbit_url: str) -> None:
    from celery_apps.configured import make_app

    control = Control(make_app(rabbit_url), timeout=5.0)
    with pytest.raises(NotFoundError, match="no queue 'nowhere'"):
        await control.purge("nowhere")
    await control.aclose()


async def test_a_queue_resumed_on_a_restarted_worker_keeps_its_routing(
    rabbit_url: str, start_worker: Any
) -> None:
    worker = start_worker(rabbit_url, queues=["celery"], name="same")
    control = Control(worker.make_app(), timeout=5.0)
    name = worker.hostname
    await control.commander.one(
        name, "add_consumer", queue="mail", exchange="post", exchange_type="topic",
        routing_key="mail.#", queue_arguments={"x-max-priority": 5},
    )  # fmt: skip
    assert await eventually_async(lambda: _consumes(control, "mail"))
    await control.pause("mail")
    worker.terminate()
    worker.start()
    await control.resume("mail")
    assert await eventually_async(lambda: _consumes(control, "mail"))
    queues = (await control.inspector.ask("active_queues", name))[name]
    (mail,) = [each for each in queues if each["name"] == "mail"]
    assert (mail["exchange"]["name"], mail["exchange"]["type"]) == ("post", "topic")
    assert (mail["routing_key"], mail["queue_arguments"]) == ("mail.#", {"x-max-priority": 5})
    await control.aclose()


async def _consumes(control: Control, queue: str) -> bool:
    return queue in await control.queue_names()
