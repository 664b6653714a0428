"""A running pipeline as a source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from gated import Gate
from polling import eventually_async

from antflow.exceptions import CommandRefusedError, NotFoundError
from antflow.source import Source, TaskQuery
from antflow.web.sources.local_items import Items


async def test_it_is_a_source() -> None:
    assert isinstance(Gate().source, Source)


async def test_a_pipeline_that_never_ran_is_idle() -> None:
    frame = Gate().source.frame()
    assert (frame.health.state, frame.totals.fed, len(frame.workers)) == ("idle", 0, 3)


async def test_the_counts_are_those_of_the_pipeline() -> None:
    gate = Gate()
    async with gate.running():
        await gate.finish()
        frame = gate.source.frame()
        totals = frame.totals
        assert (totals.fed, totals.succeeded, totals.failed, totals.in_flight) == (10, 5, 5, 0)
        assert frame.states == {"completed": 5, "failed": 5}
        assert [(g.name, g.succeeded, g.failed) for g in frame.groups] == [
            ("Wait", 10, 0),
            ("Check", 5, 5),
        ]


async def test_a_worker_shows_its_item_and_since_when() -> None:
    gate = Gate()
    async with gate.running() as source:
        await eventually_async(lambda: sum(w.active for w in source.frame().workers) == 2)
        frame = source.frame()
        busy = [worker for worker in frame.workers if worker.running]
        assert {worker.group for worker in busy} == {"Wait"}
        assert {worker.running[0].id for worker in busy} == {"0", "1"}
        assert all(frame.at - 60 < (w.running[0].started or 0) <= frame.at for w in busy)


async def test_failures_are_grouped_with_their_newest_traceback() -> None:
    gate = Gate()
    async with gate.running():
        frame = await gate.finish()
        [group] = frame.failures
        assert (group.exception, group.group, group.count) == ("ValueError", "Check", 5)
        assert group.newest == group.tasks[0]
        assert sorted(group.tasks) == ["1", "3", "5", "7", "9"]
        assert "is odd" in (group.traceback or "")
        assert sum(group.trend) == 5


async def test_many_failures_between_two_frames_are_all_counted() -> None:
    gate = Gate()
    async with gate.running(range(601)):
        frame = await gate.finish()
        assert frame.failures[0].count == 300


async def test_an_item_is_followed_through_all_stages() -> None:
    gate = Gate()
    async with gate.running() as source:
        await gate.finish()
        detail = await source.task("4")
        assert detail is not None
        assert [(step.group, step.state) for step in detail.timeline] == [
            ("Wait", "queued"), ("Wait", "in_progress"), ("Wait", "completed"),
            ("Check", "queued"), ("Check", "in_progress"), ("Check", "completed"),
        ]  # fmt: skip
        assert detail.task.state == "completed"
        assert detail.task.runtime is not None


async def test_a_failed_item_shows_its_traceback() -> None:
    gate = Gate()
    async with gate.running() as source:
        await gate.finish()
        detail = await source.task("3")
        assert detail is not None
        assert detail.task.exception == "ValueError: 3 is odd"
        assert "ValueError: 3 is odd" in (detail.task.traceback or "")


async def test_an_item_that_is_not_there_is_none() -> None:
    assert await Gate().source.task("3") is None
    assert await Gate().source.worker("nobody") is None


async def test_pools_grow_and_shrink() -> None:
    gate = Gate()
    async with gate.running() as source:
        [answer] = await source.command("group.pool_grow", "Check", {"n": 2})
        assert answer.ok
        assert next(g for g in source.frame().groups if g.name == "Check").workers == 3
        await source.command("group.pool_shrink", "Check", {"n": 2})
        with pytest.raises(CommandRefusedError, match="at least 1 worker"):
            await source.command("group.pool_shrink", "Check")


async def test_a_paused_stage_and_a_paused_pipeline_show_as_such() -> None:
    gate = Gate()
    async with gate.running() as source:
        await source.command("group.pause", "Check")
        frame = source.frame()
        assert [group.paused for group in frame.groups] == [False, True]
        assert next(w for w in frame.workers if w.group == "Check").status == "paused"
        await source.command("source.pause")
        assert source.frame().health.state == "paused"
        await source.command("source.resume")
        assert source.frame().health.state != "paused"


async def test_an_item_is_revoked() -> None:
    gate = Gate()
    async with gate.running() as source:
        await eventually_async(lambda: source.frame().totals.fed == 10)
        await source.command("task.revoke", "0")
        await source.command("tasks.revoke", "state:received")
        frame = await gate.finish()
        assert frame.totals.cancelled == 9
        assert frame.totals.succeeded + frame.totals.failed == 1


async def test_failed_items_are_fed_again() -> None:
    gate = Gate()
    async with gate.running() as source:
        await gate.finish()
        [one] = await source.command("task.retry", "3")
        await gate.pipeline.join()
        [all_] = await source.command("tasks.retry", "state:failed")
        await gate.pipeline.join()
        assert (one.message, all_.message) == ("1 item fed again", "5 items fed again")
        assert source.frame().failures[0].count == 11


async def test_the_states_count_each_item_once_also_after_it_was_fed_again() -> None:
    gate = Gate()
    async with gate.running() as source:
        await gate.finish()
        await source.command("task.retry", "3")
        await gate.pipeline.join()
        states = source.frame().states
        assert sum(states.values()) == 10
        for state, count in states.items():
            found = await source.find_tasks(TaskQuery(search=f"state:{state}"))
            assert (state, found.total) == (state, count)


@pytest.mark.parametrize(
    ("verb", "target"), [("group.pause", "Nope"), ("task.revoke", "nope"), ("task.retry", "nope")]
)
async def test_what_is_not_there_cannot_be_steered(verb: str, target: str) -> None:
    with pytest.raises(NotFoundError):
        await Gate().source.command(verb, target)


async def test_retrying_while_nothing_runs_is_refused() -> None:
    gate = Gate()
    async with gate.running():
        await gate.finish()
    with pytest.raises(CommandRefusedError, match="not started"):
        await gate.source.command("task.retry", "3")
    assert gate.source.frame().health.state == "finished"


async def test_events_come_while_somebody_asks_and_then_no_more() -> None:
    gate = Gate()
    async with gate.running() as source:
        assert source.events() == (0, [])
        await gate.finish()

        def outcomes() -> int:
            ends = {"item-failed", "item-completed"}
            told = [one for one in source.events()[1] if one["name"] == "Check"]
            return sum(one["type"] in ends for one in told)

        await eventually_async(lambda: outcomes() == 10)
        last, found = source.events(after=5, limit=3)
        assert [event["seq"] for event in found] == [last - 2, last - 1, last]
        tracker = gate.pipeline.tracker
        assert tracker is not None
        await source.stop()
        assert tracker.get_delivery_stats() == []


async def test_ids_of_any_kind_are_known_by_their_text() -> None:
    gate = Gate()
    ids: list[Any] = [("a", 1), 2.5, "x/y"]
    async with gate.running([{"id": one, "value": 2} for one in ids]) as source:
        await gate.finish()
        assert {row.id for row in source.iter_tasks()} == {"('a', 1)", "2.5", "x/y"}
        detail = await source.task("('a', 1)")
        assert detail is not None
        assert detail.timeline


@pytest.mark.parametrize("items", [100, 5_000])
async def test_a_frame_reads_no_item(items: int, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate()
    reads: list[str] = []

    def told(name: str) -> Callable[..., Any]:
        return lambda *_: reads.append(name)

    async with gate.running(range(items)) as source:
        await gate.finish()
        for name in ("get_history", "get_status", "get_tracked_ids", "get_by_status"):
            monkeypatch.setattr(gate.pipeline.tracker, name, told(name))
        monkeypatch.setattr(Items, "_history", property(told("history")))
        monkeypatch.setattr(gate.pipeline, "get_error_summary", told("failures"))
        source.frame()
        assert reads == []
