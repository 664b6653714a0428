"""The fake source: deterministic, lively, and every verb works on it."""

from __future__ import annotations

import msgspec
import pytest

from antflow.exceptions import CommandRefusedError, NotFoundError, SearchError
from antflow.source import Source, TaskQuery
from antflow.web.sources import FakeSource
from antflow.web.sources.hostile import TEXTS


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.parametrize("kind", ["pipeline", "cluster"])
def test_it_is_a_source(kind: str) -> None:
    assert isinstance(FakeSource(kind=kind), Source)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["pipeline", "cluster"])
def test_the_same_arguments_and_clock_give_the_same_pictures(kind: str) -> None:
    def pictures() -> list[bytes]:
        clock = Clock()
        source = FakeSource(kind=kind, clock=clock)  # type: ignore[arg-type]
        found = []
        for _ in range(5):
            clock.now += 1.0
            found.append(msgspec.json.encode(source.frame()))
        return found

    assert pictures() == pictures()


def test_something_goes_on_as_time_passes(clock: Clock) -> None:
    source = FakeSource(clock=clock, rate=20.0)
    before = source.frame()
    clock.now += 10.0
    after = source.frame()
    assert after.totals.succeeded > before.totals.succeeded
    assert after.totals.fed > before.totals.fed
    assert after.workers != before.workers


@pytest.mark.parametrize("kind", ["pipeline", "cluster"])
def test_the_counts_agree_with_each_other(clock: Clock, kind: str) -> None:
    source = FakeSource(kind=kind, clock=clock, tasks=2_000)  # type: ignore[arg-type]
    for _ in range(20):
        clock.now += 3.0
        frame = source.frame()
        ended = ("succeeded", "failed", "dropped", "cancelled", "in_flight")
        assert frame.totals.fed == sum(getattr(frame.totals, name) for name in ended)
        assert sum(frame.states.values()) == frame.totals.fed == len(source.world.tasks)


@pytest.mark.parametrize("kind", ["pipeline", "cluster"])
def test_there_is_a_task_of_every_state(kind: str) -> None:
    wanted = {
        "cluster": "PENDING RECEIVED STARTED SUCCESS FAILURE RETRY REVOKED REJECTED",
        "pipeline": "queued in_progress completed failed retrying skipped dropped cancelled",
    }[kind]
    states = FakeSource(kind=kind, tasks=100).frame().states  # type: ignore[arg-type]
    assert set(wanted.split()) <= set(states)


def test_hostile_texts_are_in_every_field() -> None:
    frame = FakeSource(hostile=True, tasks=400, workers=30).frame()
    told = msgspec.json.encode(frame)
    assert all(msgspec.json.encode(text)[1:-1] in told for text in TEXTS[:3])
    assert len({worker.name for worker in frame.workers}) == 30


@pytest.mark.parametrize(
    ("mode", "state", "connected"),
    [("stale", "stale", True), ("disconnected", "disconnected", False), ("empty", "idle", True)],
)
def test_a_sad_state_is_shown_and_nothing_goes_on(
    clock: Clock, mode: str, state: str, connected: bool
) -> None:
    source = FakeSource(mode=mode, clock=clock)  # type: ignore[arg-type]
    before = source.frame()
    clock.now += 100.0
    after = source.frame()
    assert (after.health.state, after.health.connected) == (state, connected)
    assert after.totals.fed == before.totals.fed


async def test_a_large_one_answers_quickly(clock: Clock) -> None:
    source = FakeSource(workers=5_000, tasks=100_000, clock=clock)
    assert len(source.frame().workers) == 5_000
    assert (await source.find_tasks(TaskQuery())).total == 100_000


async def test_tasks_are_found_by_the_search_language() -> None:
    source = FakeSource(tasks=400)
    page = await source.find_tasks(TaskQuery("state:failed -worker:node0001", limit=400))
    assert page.total == len(page.tasks) > 0
    assert all(t.state == "FAILURE" and "node0001" not in (t.worker or "") for t in page.tasks)


async def test_items_are_found_by_their_status() -> None:
    source = FakeSource(kind="pipeline", tasks=400)
    page = await source.find_tasks(TaskQuery("state:failed", limit=400))
    assert {task.state for task in page.tasks} == {"failed"}


def test_a_search_that_cannot_be_read_is_refused_at_once() -> None:
    with pytest.raises(SearchError):
        FakeSource().iter_tasks("(")


async def test_a_shut_down_worker_is_offline_and_takes_nothing(clock: Clock) -> None:
    source = FakeSource(clock=clock)
    await source.command("worker.shutdown", "celery@node0001")
    clock.now += 30.0
    worker = next(w for w in source.frame().workers if w.name == "celery@node0001")
    assert (worker.status, worker.active) == ("offline", 0)


async def test_a_paused_stage_takes_nothing_until_it_is_resumed(clock: Clock) -> None:
    source = FakeSource(kind="pipeline", clock=clock)

    def begun() -> int:
        return sum(t.name == "Fetch" and (t.started or 0) > before for t in source.iter_tasks())

    await source.command("group.pause", "Fetch")
    before = clock.now
    clock.now += 30.0
    assert next(g for g in source.frame().groups if g.name == "Fetch").paused
    assert begun() == 0
    await source.command("group.resume", "Fetch")
    clock.now += 30.0
    source.frame()
    assert begun() > 0


async def test_a_revoked_task_leaves_its_worker(clock: Clock) -> None:
    source = FakeSource(clock=clock, tasks=400)
    clock.now += 5.0
    task_id = next(w.running[0].id for w in source.frame().workers if w.running)
    await source.command("task.revoke", task_id)
    frame = source.frame()
    assert task_id not in {one.id for worker in frame.workers for one in worker.running}
    assert source.world.tasks[task_id].state == "REVOKED"


async def test_a_pool_cannot_shrink_to_nothing() -> None:
    with pytest.raises(CommandRefusedError):
        await FakeSource().command("worker.pool_shrink", "celery@node0001", {"n": 4})


@pytest.mark.parametrize(
    "verb", ["worker.shutdown", "group.rate_limit", "queue.purge", "task.retry"]
)
async def test_what_is_not_there_cannot_be_steered(verb: str) -> None:
    arguments = {"rate": "1/s"} if verb == "group.rate_limit" else {}
    with pytest.raises(NotFoundError):
        await FakeSource().command(verb, "nobody", arguments)
