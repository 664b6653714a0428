"""`pool_grow` and `pool_shrink`: more and fewer workers, while it runs and before."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from antflow import Pipeline, Stage
from antflow.testing import Gate, settle, until


async def same(value: Any) -> Any:
    return value


def pipeline_of(task: Any = same, workers: int = 2) -> Pipeline:
    return Pipeline([Stage("Work", workers, [task]), Stage("Rest", 1, [same])])


def names(pipeline: Pipeline) -> list[str]:
    return pipeline.get_worker_names()["Work"]


# -- while nothing runs ------------------------------------------------------------------------


def test_growing_gives_the_names_of_the_new_workers() -> None:
    pipeline = pipeline_of()
    assert pipeline.pool_grow("Work", 2) == ["Work-W2", "Work-W3"]
    assert names(pipeline) == ["Work-W0", "Work-W1", "Work-W2", "Work-W3"]


def test_one_worker_by_default() -> None:
    pipeline = pipeline_of()
    assert pipeline.pool_grow("Work") == ["Work-W2"]
    assert pipeline.pool_shrink("Work") == 2


def test_shrinking_takes_the_highest_numbers_and_says_how_many_remain() -> None:
    pipeline = pipeline_of(workers=5)
    assert pipeline.pool_shrink("Work", 3) == 2
    assert names(pipeline) == ["Work-W0", "Work-W1"]


def test_new_workers_take_the_lowest_free_number() -> None:
    pipeline = pipeline_of(workers=4)
    pipeline.pool_shrink("Work", 2)
    assert pipeline.pool_grow("Work", 3) == ["Work-W2", "Work-W3", "Work-W4"]


def test_the_stage_as_it_was_given_is_not_changed() -> None:
    pipeline = pipeline_of()
    pipeline.pool_grow("Work", 3)
    assert pipeline.stages[0].workers == 2


async def test_it_holds_from_the_next_start_on() -> None:
    gate = Gate()
    pipeline = pipeline_of(gate)
    pipeline.pool_grow("Work", 3)
    run = asyncio.create_task(pipeline.run(range(10)))
    await settle()
    held = len(gate.held)
    gate.open()
    await run
    assert held == 5


async def test_it_holds_for_every_run_after_it() -> None:
    pipeline = pipeline_of()
    pipeline.pool_grow("Work")
    await pipeline.run([1])
    await pipeline.run([1])
    assert len(names(pipeline)) == 3


@pytest.mark.parametrize("n", [0, -1, 1.5, True, None, "2"])
@pytest.mark.parametrize("verb", ["pool_grow", "pool_shrink"])
def test_a_bad_number_is_refused_and_changes_nothing(verb: str, n: Any) -> None:
    pipeline = pipeline_of(workers=3)
    with pytest.raises(ValueError, match="n must be a whole number of workers, at least 1"):
        getattr(pipeline, verb)("Work", n)
    assert len(names(pipeline)) == 3


@pytest.mark.parametrize("n", [2, 3, 100])
def test_one_worker_must_remain(n: int) -> None:
    pipeline = pipeline_of(workers=2)
    with pytest.raises(ValueError, match="at least 1 worker must remain") as caught:
        pipeline.pool_shrink("Work", n)
    assert "pause('Work')" in str(caught.value)
    assert len(names(pipeline)) == 2


# -- while it runs -----------------------------------------------------------------------------


async def test_new_workers_help_at_once() -> None:
    gate = Gate()
    pipeline = pipeline_of(gate)
    run = asyncio.create_task(pipeline.run(range(10)))
    await until(lambda: len(gate.held) == 2)
    assert pipeline.pool_grow("Work", 3) == ["Work-W2", "Work-W3", "Work-W4"]
    await until(lambda: len(gate.held) == 5)
    states = pipeline.get_worker_states()
    gate.open()
    assert len(await run) == 10
    assert sum(state.status == "busy" for state in states.values()) == 5


async def test_idle_workers_leave_at_once() -> None:
    pipeline = pipeline_of(workers=4)
    await pipeline.start()
    await settle()
    assert pipeline.pool_shrink("Work", 3) == 1
    await settle()
    assert len(names(pipeline)) == 1
    await pipeline.feed(range(5))
    await pipeline.join()
    await pipeline.shutdown()
    assert len(pipeline.results) == 5


async def test_busy_workers_leave_after_their_item() -> None:
    gate = Gate()
    pipeline = pipeline_of(gate, workers=3)
    run = asyncio.create_task(pipeline.run(range(3)))
    await until(lambda: len(gate.held) == 3)
    assert pipeline.pool_shrink("Work", 2) == 1
    await settle()
    still = len(names(pipeline))
    gate.open()
    assert len(await run) == 3
    assert (still, len(names(pipeline))) == (3, 1)


async def test_an_idle_worker_leaves_before_a_busy_one() -> None:
    gate = Gate()
    pipeline = pipeline_of(gate, workers=3)
    await pipeline.start()
    await pipeline.feed([1])
    await until(lambda: gate.held == [1])
    busy = [n for n, state in pipeline.get_worker_states().items() if state.status == "busy"]
    pipeline.pool_shrink("Work", 2)
    await settle()
    assert names(pipeline) == busy
    gate.open()
    await pipeline.join()
    await pipeline.shutdown()
    assert len(pipeline.results) == 1


async def test_the_number_of_a_worker_that_left_is_taken_again() -> None:
    gate = Gate()
    pipeline = pipeline_of(gate, workers=2)
    await pipeline.start()
    await pipeline.feed([1])
    await until(lambda: gate.held == [1])
    (idle,) = [n for n in names(pipeline) if pipeline.get_worker_states()[n].status == "idle"]
    pipeline.pool_shrink("Work")
    await settle()
    assert pipeline.pool_grow("Work", 2) == [idle, "Work-W2"]
    gate.open()
    await pipeline.join()
    await pipeline.shutdown()


async def test_workers_told_to_leave_count_as_gone_for_the_next_shrink() -> None:
    gate = Gate()
    pipeline = pipeline_of(gate, workers=3)
    run = asyncio.create_task(pipeline.run(range(3)))
    await until(lambda: len(gate.held) == 3)
    assert pipeline.pool_shrink("Work", 2) == 1
    with pytest.raises(ValueError, match="at least 1 worker must remain"):
        pipeline.pool_shrink("Work", 1)
    gate.open()
    await run


async def test_those_who_never_left_are_gone_after_the_run() -> None:
    """The order to leave outlives a run that ended before it was obeyed."""
    gate = Gate()
    pipeline = pipeline_of(gate, workers=3)
    run = asyncio.create_task(pipeline.run(range(3)))
    await until(lambda: len(gate.held) == 3)
    pipeline.pool_shrink("Work", 2)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert len(names(pipeline)) == 1


async def test_metrics_of_workers_that_left_are_kept() -> None:
    pipeline = pipeline_of(workers=3)
    await pipeline.run(range(30))
    pipeline.pool_shrink("Work", 2)
    metrics = pipeline.get_worker_metrics()
    processed = [each.items_processed for each in metrics.values() if each.stage == "Work"]
    assert (len(processed), sum(processed)) == (3, 30)
    assert "Work-W2" not in pipeline.get_worker_states()


async def test_a_paused_stage_can_shrink() -> None:
    pipeline = pipeline_of(workers=3)
    pipeline.pause("Work")
    await pipeline.start()
    await settle()
    pipeline.pool_shrink("Work", 2)
    await settle()
    assert len(names(pipeline)) == 1
    await pipeline.shutdown()


async def test_growing_and_shrinking_lose_no_item() -> None:
    pipeline = pipeline_of(workers=1)
    run = asyncio.create_task(pipeline.run(range(500)))
    for _ in range(10):
        pipeline.pool_grow("Work", 3)
        await asyncio.sleep(0)
        pipeline.pool_shrink("Work", 3)
        await asyncio.sleep(0)
    assert [result.value for result in await run] == list(range(500))
