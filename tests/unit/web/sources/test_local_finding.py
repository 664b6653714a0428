"""Items of a running pipeline, found and sorted, and what its workers did."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import pytest
from gated import Gate
from polling import eventually_async

from antflow.exceptions import SearchError
from antflow.pipeline import Pipeline, Stage
from antflow.source import TaskQuery
from antflow.tracker import StatusTracker
from antflow.web import turn
from antflow.web.sources import LocalSource
from antflow.web.sources.searching import CHUNK


async def _count(source: LocalSource, search: str, wanted: int) -> bool:
    return (await source.find_tasks(TaskQuery(search))).total == wanted


async def test_items_are_found_newest_first_and_by_search() -> None:
    gate = Gate()
    async with gate.running() as source:
        await gate.finish()
        page = await source.find_tasks(TaskQuery(limit=3, offset=1))
        assert ([row.id for row in page.tasks], page.total) == (["8", "7", "6"], 10)
        found = await source.find_tasks(TaskQuery("state:failed exception:odd", sort="id"))
        assert [row.id for row in found.tasks] == ["1", "3", "5", "7", "9"]
        assert [row.id for row in source.iter_tasks("state:succeeded")] == ["8", "6", "4", "2", "0"]


async def test_a_row_changes_with_its_item() -> None:
    gate = Gate()
    async with gate.running() as source:
        await eventually_async(lambda: _count(source, "state:started", 2))
        await gate.finish()
        assert await _count(source, "state:started", 0)


async def test_without_a_tracker_what_runs_and_what_failed_is_found() -> None:
    gate = Gate(tracked=False)
    async with gate.running() as source:
        await eventually_async(lambda: _count(source, "", 2))
        await gate.finish()
        rows = (await source.find_tasks(TaskQuery(sort="id"))).tasks
        assert [(row.id, row.state) for row in rows] == [(i, "failed") for i in "13579"]
        detail = await source.task("3")
        assert detail is not None
        assert detail.timeline == []


async def test_a_bad_search_is_refused() -> None:
    with pytest.raises(SearchError):
        await Gate().source.find_tasks(TaskQuery("("))


async def test_what_workers_did_is_told_by_stage_and_attempt() -> None:
    gate = Gate()
    async with gate.running() as source:
        begun = time.time()
        await gate.finish()
        told = await source.spans(0.0)
        assert told.since == 0.0
        assert len(told.spans) == 20
        failed = {span.id for span in told.spans if span.failed}
        assert failed == {"1", "3", "5", "7", "9"}
        assert {span.worker for span in told.spans if span.failed} == {"Check-W0"}
        assert all(begun - 60 < span.started <= span.ended < begun + 60 for span in told.spans)
        assert {s.name for s in (await source.spans(0.0, "Wait-W1")).spans} == {"Wait"}


async def test_what_the_tracker_forgot_is_not_taken_for_idleness() -> None:
    pipeline = Pipeline([Stage("Say", 1, [_said])], status_tracker=StatusTracker(max_items=5))
    await pipeline.run(range(50))
    told = await LocalSource(pipeline).spans(0.0)
    assert len(told.spans) == 5
    assert told.since == min(span.ended for span in told.spans)


async def _said(value: int) -> int:
    return value


async def test_without_a_tracker_nothing_is_known_of_the_past() -> None:
    gate = Gate(tracked=False)
    async with gate.running() as source:
        await gate.finish()
        before = time.time()
        told = await source.spans(0.0)
        assert told.spans == []
        assert before <= told.since


async def test_a_search_of_many_items_lets_the_pipeline_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turn, "SLICE", 0.0)
    pipeline = Pipeline([Stage("Say", 20, [_said])], status_tracker=StatusTracker())
    source = LocalSource(pipeline)
    await pipeline.run(range(20_000))
    for query in (TaskQuery("runtime>5"), TaskQuery(sort="-started"), TaskQuery(sort="id")):
        rounds = await _rounds_during(source.find_tasks(query))
        assert rounds >= 20_000 / CHUNK


class _Key:
    """An id that tells how often it was read."""

    read = 0

    def __str__(self) -> str:
        _Key.read += 1
        return "key"


async def test_a_page_far_down_reads_no_item_above_it() -> None:
    pipeline = Pipeline([Stage("Say", 5, [_said])], status_tracker=StatusTracker())
    await pipeline.run([{"id": _Key(), "value": number} for number in range(100)])
    _Key.read = 0
    page = await LocalSource(pipeline).find_tasks(TaskQuery(limit=10, offset=80))
    assert (len(page.tasks), page.total) == (10, 100)
    assert _Key.read == 10


async def _rounds_during(question: Coroutine[Any, Any, object]) -> int:
    asked, rounds = asyncio.ensure_future(question), 0
    while not asked.done():
        await asyncio.sleep(0)
        rounds += 1
    await asked
    return rounds


@pytest.mark.parametrize("sort", ["name", "-started", "id", "-runtime", "worker", "-exception"])
async def test_pages_in_any_order_are_pieces_of_the_whole(sort: str) -> None:
    gate = Gate()
    async with gate.running(range(1_200)) as source:
        await gate.finish()
        whole = (await source.find_tasks(TaskQuery(sort=sort, limit=2_000))).tasks
        field = sort.removeprefix("-")
        known = [getattr(row, field) for row in whole if getattr(row, field) is not None]
        assert known == sorted(known, reverse=sort.startswith("-"))
        assert all(getattr(row, field) is None for row in whole[len(known) :])
        assert len({row.id for row in whole}) == 1_200
        for offset in (0, 499, 1_190):
            page = await source.find_tasks(TaskQuery(sort=sort, limit=20, offset=offset))
            assert page.tasks == whole[offset : offset + 20]
