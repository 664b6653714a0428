"""`Cluster` over a real Redis and real workers: tasks appear, are found, and are sent again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from celery import Celery
from polling import eventually_async
from workers import WorkerProcess

from antflow.cluster import Cluster
from antflow.exceptions import NotFoundError, SearchError
from antflow.source import Source, TaskQuery, TaskView
from antflow.types import StatusEvent

Started = tuple[Cluster, Celery, WorkerProcess]


@pytest.fixture
async def running(redis_url: str, start_worker: Callable[..., Any]) -> AsyncIterator[Started]:
    worker = start_worker(redis_url, redis_url, concurrency=1)
    async with Cluster(worker.make_app(), name="here") as cluster:
        await eventually_async(lambda: cluster.frame().health.state == "running", 15)
        yield cluster, worker.make_app(), worker


async def in_state(cluster: Cluster, task_id: str, state: str) -> TaskView:
    def reached() -> bool:
        record = cluster.state.tasks.get(task_id)
        return record is not None and record.state == state

    await eventually_async(reached, 15)
    detail = await cluster.task(task_id)
    assert detail is not None
    return detail.task


async def test_a_cluster_is_a_source(running: Started) -> None:
    cluster, _, _ = running
    assert isinstance(cluster, Source)


async def test_a_task_appears_as_succeeded(running: Started) -> None:
    cluster, app, worker = running
    statuses: list[StatusEvent] = []
    end = cluster.subscribe(statuses.append)
    sent = app.send_task("tests.add", (1, 2))
    task = await in_state(cluster, sent.id, "SUCCESS")
    assert (task.name, task.result, task.worker) == ("tests.add", "3", worker.hostname)
    assert task.queue == "celery"
    told = [event.status for event in statuses if event.item_id == sent.id]
    assert told[-2:] == ["in_progress", "completed"]
    end()
    detail = await cluster.task(sent.id)
    assert detail is not None
    assert [step.state for step in detail.timeline] == ["sent", "received", "started", "succeeded"]
    assert detail.raw


async def test_a_frame_shows_workers_queues_groups_and_totals(running: Started) -> None:
    cluster, app, worker = running
    sent = app.send_task("tests.add", (1, 2))
    await in_state(cluster, sent.id, "SUCCESS")

    def whole() -> bool:
        frame = cluster.frame()
        rows = {row.name: row for row in frame.workers}
        row = rows[worker.hostname]
        assert (row.pool, row.concurrency, row.queues) == ("prefork", 1, ("celery",))
        assert {queue.name: queue.messages for queue in frame.queues} == {"celery": 0}
        assert {group.name: group.succeeded for group in frame.groups} == {"tests.add": 1}
        totals = frame.totals
        ended = totals.succeeded + totals.failed + totals.dropped + totals.cancelled
        assert totals.fed == ended + totals.in_flight == 1
        return True

    await eventually_async(whole, 15)
    snapshot = cluster.get_dashboard_snapshot()
    assert snapshot.pipeline_stats.items_processed == 1
    assert snapshot.worker_metrics[worker.hostname].items_processed == 1


async def test_searches_find_tasks_and_say_where_they_cannot_be_read(running: Started) -> None:
    cluster, app, _ = running
    sent = app.send_task("tests.echo", (), {"user": 7})
    await in_state(cluster, sent.id, "SUCCESS")
    page = await cluster.find_tasks(TaskQuery("state:succeeded kwargs:user=7"))
    assert ([task.id for task in page.tasks], page.total) == ([sent.id], 1)
    assert [task.id for task in cluster.iter_tasks("name:echo")] == [sent.id]
    with pytest.raises(SearchError):
        await cluster.find_tasks(TaskQuery('"open'))


async def test_a_second_retry_of_all_is_for_the_rest(running: Started) -> None:
    cluster, app, _ = running
    sent = [app.send_task("tests.fail", (f"rest {number}",)).id for number in range(3)]
    for task_id in sent:
        await in_state(cluster, task_id, "FAILURE")
    search = " OR ".join(f"id:{task_id}" for task_id in sent)
    again = [
        {a.who for a in await cluster.command("tasks.retry", search, {"limit": 2}) if a.ok}
        for _ in range(3)
    ]
    assert [len(who) for who in again] == [2, 1, 0]
    assert again[0] | again[1] == set(sent)


async def test_what_workers_did_is_told_since_the_cluster_is_followed(running: Started) -> None:
    cluster, app, _ = running
    sent = app.send_task("tests.fail", ("bad luck",))
    failed = await in_state(cluster, sent.id, "FAILURE")
    told = await cluster.spans(0.0)
    assert told.since == cluster.frame().totals.started
    [span] = [span for span in told.spans if span.id == sent.id]
    assert (span.worker, span.name, span.failed) == (failed.worker, "tests.fail", True)
    assert (span.started, span.ended) == (failed.started, failed.finished)


async def test_a_failed_task_is_sent_again_once(running: Started) -> None:
    cluster, app, _ = running
    sent = app.send_task("tests.fail", ("bad luck",))
    await in_state(cluster, sent.id, "FAILURE")
    group = (await frame_with_failures(cluster)).failures[0]
    assert (group.exception, group.count, group.newest) == ("NeverMendedError", 1, sent.id)
    assert "bad luck" in group.message
    (answer,) = await cluster.command("task.retry", sent.id)
    assert answer.ok, answer.message
    fresh = answer.message.rpartition(" ")[2]
    again = await in_state(cluster, fresh, "FAILURE")
    assert (again.args, again.root_id, again.queue) == ("('bad luck',)", sent.id, "celery")
    (double,) = await cluster.command("task.retry", sent.id)
    assert not double.ok
    assert fresh in double.message


async def frame_with_failures(cluster: Cluster) -> Any:
    await eventually_async(lambda: cluster.frame().failures, 5)
    return cluster.frame()


async def test_all_that_failed_and_match_are_sent_again(running: Started) -> None:
    cluster, app, _ = running
    bad = [app.send_task("tests.fail", (text,)) for text in ("one", "two", "three")]
    good = app.send_task("tests.add", (1, 1))
    for sent in bad:
        await in_state(cluster, sent.id, "FAILURE")
    await in_state(cluster, good.id, "SUCCESS")
    answers = await cluster.requeue("name:tests", limit=2)
    assert sorted(answer.ok for answer in answers) == [False, True, True]
    assert "1 more match" in answers[-1].message
    assert {answer.who for answer in answers if answer.ok} < {sent.id for sent in bad}


async def test_a_task_that_succeeded_is_not_sent_again(running: Started) -> None:
    cluster, app, _ = running
    sent = app.send_task("tests.add", (1, 1))
    await in_state(cluster, sent.id, "SUCCESS")
    (answer,) = await cluster.command("task.retry", sent.id)
    assert not answer.ok
    assert "neither failed nor orphaned" in answer.message


async def test_unknown_targets_are_not_found(running: Started) -> None:
    cluster, _, _ = running
    for verb, target in [
        ("worker.shutdown", "nobody@nowhere"),
        ("task.retry", "no-such-id"),
        ("queue.pause", "nowhere"),
        ("group.apply", "no.such.task"),
    ]:
        with pytest.raises(NotFoundError):
            await cluster.command(verb, target)


async def test_a_worker_is_steered_and_shown_in_full(running: Started) -> None:
    cluster, _, worker = running
    (answer,) = await cluster.command("worker.pool_grow", worker.hostname, {"n": 1})
    assert answer.ok, answer.message

    async def has_grown() -> bool:
        detail = await cluster.worker(worker.hostname, refresh=True)
        assert detail is not None
        assert detail.error is None
        assert len(detail.sections["stats"]["pool"]["processes"]) == 2
        return detail.worker.concurrency == 2

    assert await eventually_async(has_grown, 15)
    assert await cluster.worker("nobody@nowhere") is None


async def test_a_queue_is_paused_and_resumed(running: Started) -> None:
    cluster, app, _ = running
    assert all(answer.ok for answer in await cluster.command("queue.pause", "celery"))
    await eventually_async(lambda: [q.paused for q in cluster.frame().queues] == [True], 5)
    sent = app.send_task("tests.add", (1, 1))
    await eventually_async(lambda: [q.messages for q in cluster.frame().queues] == [1], 10)
    assert all(answer.ok for answer in await cluster.command("queue.resume", "celery"))
    await in_state(cluster, sent.id, "SUCCESS")


async def test_a_task_is_called(running: Started) -> None:
    cluster, _, _ = running
    arguments = {"args": "[2, 3]", "kwargs": "{}"}
    (answer,) = await cluster.command("group.apply", "tests.add", arguments)
    task = await in_state(cluster, answer.message.rpartition(" ")[2], "SUCCESS")
    assert task.result == "5"


async def test_reconciliation_fills_what_no_event_told(running: Started) -> None:
    """A task whose end was missed gets it from the result backend; it never goes back."""
    from antflow.cluster.state import TaskRecord

    cluster, app, worker = running
    sent = app.send_task("tests.add", (1, 2))
    await in_state(cluster, sent.id, "SUCCESS")
    # Another view of the same cluster, which saw the beginning only.
    async with Cluster(app, name="other") as other:
        begun = TaskRecord(sent.id, "tests.add", "STARTED", worker.hostname, started=1.0)
        other.state.learn([begun])
        task = await in_state(other, sent.id, "SUCCESS")
        assert task.result == "3"
