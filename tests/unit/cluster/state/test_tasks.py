"""Tasks: what events make of them, in order and out of it."""

from __future__ import annotations

from typing import Any

from event_stream import START, Worker

from antflow.cluster.state import ClusterState, TaskRecord


def test_a_task_is_followed_from_received_to_succeeded() -> None:
    state, worker = ClusterState(), Worker()
    state.apply(worker.whole("a", 1.0, runtime=2.0), START + 5)
    task = state.tasks["a"]
    assert (task.state, task.name, task.worker) == ("SUCCESS", "job", "celery@one")
    assert (task.received, task.started) == (START + 1.0, START + 1.1)
    assert (task.finished, task.runtime, task.result) == (START + 3.1, 2.0, "'ok'")
    assert task.root_id == "a"


def test_events_in_order_and_shuffled_make_the_same_record() -> None:
    """The short way and the long way agree."""
    worker = Worker()
    events = [worker.beats(0), *worker.whole("a", 1.0), *worker.whole("b", 1.2)]
    straight, shuffled = ClusterState(), ClusterState()
    straight.apply(events, START + 5)
    for event in reversed(events):
        shuffled.apply([event], START + 5)
    ignored = {"_pid", "_attempt", "_order", "_text"}
    for uuid, task in straight.tasks.items():
        for name in set(TaskRecord.__struct_fields__) - ignored:
            assert getattr(shuffled.tasks[uuid], name) == getattr(task, name), name
    assert straight.states() == shuffled.states() == {"SUCCESS": 2}
    one, other = straight.meters.types["job"], shuffled.meters.types["job"]
    assert (one.received, one.started, one.succeeded) == (2, 2, 2)
    assert (other.received, other.started, other.succeeded) == (2, 2, 2)
    assert straight.workers["celery@one"].running == {}


def test_a_finished_task_never_goes_back() -> None:
    state, worker = ClusterState(), Worker()
    events = worker.whole("a", 1.0)
    again = Worker("celery@two", pid=20)
    state.apply([*events, again.received("a", 9.0, retries=3), again.started("a", 9.1)], START + 10)
    assert state.tasks["a"].state == "SUCCESS"
    assert state.tasks["a"].worker == "celery@one"


def test_success_outweighs_a_failure_told_before() -> None:
    state, worker = ClusterState(), Worker()
    state.apply([worker.received("a", 1), worker.failed("a", 2)], START + 2)
    assert len(state.failures) == 1
    state.apply([worker.succeeded("a", 3)], START + 3)
    state.apply([worker.failed("a", 4)], START + 4)
    assert state.tasks["a"].state == "SUCCESS"
    assert len(state.failures) == 0


def test_a_retry_is_followed_by_a_further_attempt_elsewhere() -> None:
    state, one, two = ClusterState(), Worker(), Worker("celery@two", pid=20)
    first = [one.received("a", 1), one.started("a", 2)]
    retried = one.says("task-retried", 3, uuid="a", exception="ValueError()")
    second = [two.received("a", 4, retries=1), two.started("a", 5)]
    state.apply([*first, *second, retried], START + 5)
    task = state.tasks["a"]
    assert (task.state, task.worker, task.retries) == ("STARTED", "celery@two", 1)
    assert state.workers["celery@one"].running == {}
    assert state.workers["celery@two"].running == {"a": None}


def test_doubled_events_count_once_in_the_figures_of_a_type() -> None:
    state, worker = ClusterState(), Worker()
    events = worker.whole("a", 1.0)
    state.apply(events * 2, START + 5)
    meter = state.meters.types["job"]
    assert (meter.received, meter.started, meter.succeeded) == (1, 1, 1)
    assert state.meters.events_total["celery@one", "task-succeeded", "job"] == 2


def test_no_duration_is_negative_where_workers_clocks_are_five_minutes_apart() -> None:
    state = ClusterState()
    ahead, behind = Worker(ahead=300.0), Worker("celery@two", pid=20, ahead=-300.0)
    state.apply([ahead.received("a", 1), ahead.started("a", 2)], START + 2)
    state.apply([behind.received("a", 10, retries=1)], START + 10)
    state.apply([behind.started("a", 11), behind.says("task-succeeded", 12, uuid="a")], START + 12)
    task = state.tasks["a"]
    assert (task.worker, task.state, task.runtime) == ("celery@two", "SUCCESS", 1.0)
    assert task.received is not None
    assert task.started is not None
    assert task.finished is not None
    assert task.received <= task.started <= task.finished


def test_a_sent_task_is_pending_and_knows_its_queue() -> None:
    state, client = ClusterState(), Worker("gen1@host", pid=1)
    sent = client.says("task-sent", 1, uuid="a", name="job", queue="slow", exchange="", args="(1)")
    state.apply([sent], START + 1)
    task = state.tasks["a"]
    assert (task.state, task.queue, task.client, task.sent) == (
        "PENDING",
        "slow",
        "gen1@host",
        START + 1,
    )
    assert dict(state.workers) == {}


def test_children_and_trees_are_known_in_whatever_order_they_come() -> None:
    state, worker = ClusterState(), Worker()
    leaf = worker.received("leaf", 1, root_id="root", parent_id="middle")
    middle = worker.received("middle", 2, root_id="root", parent_id="root")
    state.apply([leaf, middle, worker.received("root", 3)], START + 3)
    assert [task.uuid for task in state.children("root")] == ["middle"]
    assert [task.uuid for task in state.tree("leaf")] == ["root", "middle", "leaf"]
    assert len(state.tree("leaf", limit=2)) == 2


def test_bad_fields_are_left_out_and_bad_events_counted() -> None:
    state, worker = ClusterState(), Worker()
    nested: list[object] = []
    for _ in range(5_000):
        nested = [nested]
    huge = worker.received("a", 1, args="x" * 1_000_000, kwargs=nested, retries=-5)
    bad: list[Any] = [
        {},
        None,
        7,
        {"type": []},
        {"type": "task-started"},
        {"type": "task-started", "uuid": 3},
    ]
    lost = {"type": "task-started", "uuid": "b", "hostname": "w", "timestamp": float("nan")}
    applied = state.apply([huge, *bad, lost, {"type": "task-progress"}], START + 1)
    assert applied.malformed == state.meters.malformed == len(bad)
    assert len(state.tasks["a"].args or "") == 4_096
    assert state.tasks["a"].kwargs is None
    assert state.tasks["b"].started == START + 1
    assert state.meters.unknown == {"task-progress": 1}


def test_texts_with_halves_of_characters_can_be_written() -> None:
    state, worker = ClusterState(), Worker()
    state.apply([worker.received("a", 1, args="('\ud800',)", name="n\udfff")], START + 1)
    for text in (state.tasks["a"].args, state.tasks["a"].name):
        assert text is not None
        assert text.encode()
