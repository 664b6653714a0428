"""What must hold for a cluster's state and its search, whatever comes in whatever order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antflow.cluster.search import parse
from antflow.cluster.state import ClusterState, TaskRecord, applying
from antflow.exceptions import SearchError

START = 1_767_225_600.0
ENDS = {"task-succeeded": "SUCCESS", "task-failed": "FAILURE", "task-revoked": "REVOKED"}
KINDS = [
    *("task-sent", "task-received", "task-started", "task-succeeded", "task-failed"),
    *("task-rejected", "task-revoked", "task-retried"),
    *("worker-online", "worker-heartbeat", "worker-offline", "task-progress"),
]


@pytest.fixture(autouse=True, scope="module")
def _defects_show() -> Iterator[None]:
    """What the state would survive and log, a test must see."""

    def fail(message: str) -> None:
        raise AssertionError(message)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(applying.log, "exception", fail)
        yield


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The events of a few tasks, in order, and the states they end in."""
    events: list[dict[str, Any]] = []
    truth: dict[str, str] = {}
    clock = 0

    def add(kind: str, uuid: str, worker: int, **fields: Any) -> None:
        nonlocal clock
        clock += 1
        at = START + clock / 100
        event = {"type": kind, "uuid": uuid, "clock": clock, "timestamp": at}
        events.append({**event, "hostname": f"w{worker}", "pid": 100 + worker, **fields})

    for number in range(draw(st.integers(1, 4))):
        uuid = f"task-{number}"
        worker = 0
        for attempt in range(draw(st.integers(1, 3))):
            if attempt:
                add("task-retried", uuid, worker, exception="ValueError('again')")
                truth[uuid] = "RETRY"
            worker = draw(st.integers(0, 2))
            add("task-received", uuid, worker, name="job", retries=attempt, args="()")
            truth[uuid] = "RECEIVED"
            if draw(st.booleans()) or attempt < 2:
                add("task-started", uuid, worker)
                truth[uuid] = "STARTED"
        end = draw(st.sampled_from([None, *ENDS]))
        if end is not None:
            add(end, uuid, worker)
            truth[uuid] = ENDS[end]
    return events, truth


def consistent(state: ClusterState) -> None:
    """Every count agrees with the tasks themselves."""
    tasks = list(state.tasks.values())
    assert state.states() == Counter(task.state for task in tasks)
    for name, meter in state.meters.types.items():
        mine = [task for task in tasks if (task.name or "") == name]
        assert meter.known == len(mine)
        running = {t.uuid for t in mine if t.state == "STARTED" and t.orphaned is None}
        assert set(meter.running_since) | set(meter.stuck) == running
        assert meter.running == len(running)
    for host, worker in state.workers.items():
        running = {t.uuid for t in tasks if t.state == "STARTED" and t.worker == host}
        assert set(worker.running) <= running
    found, total = state.find()
    assert total == len(tasks)
    assert sorted(task.uuid for task in found) == sorted(state.tasks)
    received = [task.received for task in found if task.received is not None]
    if len(received) == len(found):
        assert received == sorted(received, reverse=True)


@settings(max_examples=200, deadline=None)
@given(histories(), st.data())
def test_any_order_and_doubling_of_a_history_ends_in_the_same_states(
    history: tuple[list[dict[str, Any]], dict[str, str]], data: st.DataObject
) -> None:
    events, truth = history
    doubles = data.draw(st.lists(st.sampled_from(events), max_size=5))
    shuffled = data.draw(st.permutations(events + doubles))
    state = ClusterState()
    size = data.draw(st.integers(1, 10))
    for start in range(0, len(shuffled), size):
        state.apply(shuffled[start : start + size], received_at=START + 1)
    assert {uuid: task.state for uuid, task in state.tasks.items()} == truth
    consistent(state)


@settings(max_examples=100, deadline=None)
@given(histories(), st.data())
def test_the_order_of_events_does_not_change_attempts_names_and_times(
    history: tuple[list[dict[str, Any]], dict[str, str]], data: st.DataObject
) -> None:
    events, _ = history
    told, shuffled = ClusterState(), ClusterState()
    told.apply(events, received_at=START + 1)
    shuffled.apply(data.draw(st.permutations(events)), received_at=START + 1)
    for uuid, task in told.tasks.items():
        other = shuffled.tasks[uuid]
        assert (other.name, other.retries, other.worker) == (task.name, task.retries, task.worker)
        assert (other.received, other.started) == (task.received, task.started)


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 10**20)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["\ud800", "w1", "u1", "x" * 100_000]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
wild_events = st.fixed_dictionaries(
    {"type": st.sampled_from(KINDS) | anything},
    optional={
        "uuid": st.sampled_from(["u1", "u2", "u3", "u4", "u5"]) | anything,
        "hostname": st.sampled_from(["w1", "w2", "w3", "w4"]) | anything,
        "timestamp": st.floats(START - 10, START + 10) | anything,
        "pid": st.integers(1, 3) | anything,
        "clock": st.integers(0, 50) | anything,
        "name": st.sampled_from(["a", "b"]) | anything,
        **dict.fromkeys(
            [
                *("args", "kwargs", "result", "exception", "traceback", "root_id", "parent_id"),
                *("retries", "runtime", "eta", "expires", "queue", "freq", "processed", "active"),
                *("loadavg", "sw_ver"),
            ],
            anything,
        ),
    },
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(wild_events | anything, max_size=10), max_size=5), st.data())
def test_whatever_comes_nothing_is_raised_and_the_counts_agree(
    batches: list[list[Any]], data: st.DataObject
) -> None:
    state = ClusterState(max_tasks=4, max_workers=3, purge_offline_workers=5)
    now = START
    for batch in batches:
        applied = state.apply(batch, received_at=now)
        assert 0 <= applied.malformed <= len(batch)
        now += data.draw(st.floats(0, 30))
        state.tick(now)
        assert len(state.tasks) <= 4
        assert len(state.workers) <= 3
        consistent(state)
    for task in state.tasks.values():
        assert task.runtime is None or task.runtime >= 0
        for text in (task.name, task.args, task.exception, task.worker, task.uuid):
            assert len((text or "").encode()) < 20_000


words = st.sampled_from(
    'state:failed -name:a AND OR NOT ( ) "a b" runtime>5 received<2026-01-01 kwargs:k=1 abc '
    "- : > args:7 root: x:y".split(" ")
)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.lists(words, max_size=30).map(" ".join))
def test_a_search_is_read_or_refused_with_its_place(text: str) -> None:
    try:
        query = parse(text)
    except SearchError as error:
        place = error.position
    else:
        assert query.matches(TaskRecord("u")) in (True, False)
        return
    assert 0 <= place <= len(text)


terms = st.sampled_from(
    [
        *("state:failed", "state:success", "name:alpha", "worker:w1", "alp", "beta", "args:7"),
        *("runtime>2", "runtime<=2", '"(7, 1"', "kwargs:user=7", "result:no", "ValueError"),
    ]
)
queries = st.recursive(
    terms,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]} OR {two[1]})"),
        st.tuples(inner, inner).map(" ".join),
        inner.map(lambda one: f"NOT {one}" if not one.startswith("NOT") else one),
    ),
    max_leaves=4,
)
records = st.builds(
    dict,
    name=st.sampled_from(["alpha", "beta", "Alphabet"]),
    hostname=st.sampled_from(["w1", "w2"]),
    args=st.sampled_from(["(7, 1)", "(17,)", "()"]),
    kwargs=st.sampled_from(["{'user': 7}", "{'user': 71}", "{}"]),
    end=st.sampled_from(["task-succeeded", "task-failed", None]),
    runtime=st.sampled_from([1.0, 2.0, 3.0]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(records, max_size=12), queries, st.integers(0, 5), st.integers(0, 5))
def test_find_and_iterate_agree_with_matching_each_record(
    rows: list[dict[str, Any]], text: str, offset: int, limit: int
) -> None:
    state = ClusterState()
    for number, row in enumerate(rows):
        event = {"uuid": f"u{number}", "timestamp": START + number % 5, "pid": 1, **row}
        exception = "ValueError('beta')"
        state.apply([{**event, "type": "task-received", "clock": 1}], START)
        if row["end"] is not None:
            end = {**event, "type": row["end"], "clock": 2, "exception": exception, "result": "no"}
            state.apply([end], START)
    query = parse(text)
    expected = {uuid for uuid, task in state.tasks.items() if query.matches(task)}
    found, total = state.find(text)
    assert {task.uuid for task in found} == expected
    assert total == len(expected)
    assert [task.uuid for task in state.iterate(text)] == [task.uuid for task in found]
    page, _ = state.find(text, offset=offset, limit=limit)
    assert page == found[offset : offset + limit]
