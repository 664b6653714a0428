"""What limits a stage: tasks at once, calls at once, calls a period, starts a period."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from antflow import (
    Pipeline,
    PipelineResult,
    Stage,
    call_rate_has_capacity,
    concurrency_limit,
    rate_limit,
)
from antflow.testing import Gate, run_virtual, settle, until


def now() -> float:
    return round(asyncio.get_running_loop().time(), 6)


def pipeline_of(*tasks: Any, **fields: Any) -> Pipeline:
    return Pipeline(
        [Stage("Call", tasks=list(tasks), **{"workers": 10, "task_attempts": 1, **fields})]
    )


def run(items: Any, *tasks: Any, **fields: Any) -> list[PipelineResult]:
    return run_virtual(pipeline_of(*tasks, **fields).run(items, include_failures=True))


# -- task_concurrency_limits -------------------------------------------------------------------


async def test_a_task_runs_so_many_at_once_across_the_stage() -> None:
    gate = Gate()
    pipeline = pipeline_of(gate, task_concurrency_limits={"Gate": 3})
    task = asyncio.create_task(pipeline.run(range(10)))
    await settle()
    held = len(gate.held)
    waiting = [state.waiting_for for state in pipeline.get_worker_states().values()]
    gate.open()
    assert len(await task) == 10
    assert (held, gate.most) == (3, 3)
    assert waiting.count("limit") == 7


async def test_the_other_tasks_of_the_stage_are_not_limited() -> None:
    gate = Gate()
    reached: list[int] = []

    async def free(value: int) -> int:
        reached.append(value)
        return value

    pipeline = pipeline_of(free, gate, task_concurrency_limits={"Gate": 1})
    task = asyncio.create_task(pipeline.run(range(10)))
    await settle()
    before = len(reached)
    gate.open()
    await task
    assert (before, gate.most) == (10, 1)


def test_a_failing_task_frees_its_place() -> None:
    async def fail(value: int) -> int:
        raise ValueError(value)

    results = run(range(20), fail, task_concurrency_limits={"fail": 1})
    assert [type(result.error) for result in results] == [ValueError] * 20


def test_plain_functions_are_limited_too() -> None:
    inside: list[int] = []
    most: list[int] = []

    def compute(value: int) -> int:
        inside.append(value)
        most.append(len(inside))
        inside.remove(value)
        return value

    stage = Stage("Call", 5, [compute], task_concurrency_limits={"compute": 1})
    assert len(asyncio.run(Pipeline([stage]).run(range(40)))) == 40
    assert max(most) == 1


# -- call_concurrency --------------------------------------------------------------------------


async def test_call_concurrency_bounds_what_is_inside_concurrency_limit() -> None:
    gate = Gate()

    async def call(value: int) -> int:
        async with concurrency_limit():
            return await gate(value)  # type: ignore[no-any-return]

    pipeline = pipeline_of(call, call_concurrency=2)
    task = asyncio.create_task(pipeline.run(range(6)))
    await settle()
    held = len(gate.held)
    waiting = [state.waiting_for for state in pipeline.get_worker_states().values()]
    gate.open()
    assert len(await task) == 6
    assert (held, gate.most, waiting.count("limit")) == (2, 2, 4)


def test_an_error_inside_concurrency_limit_frees_the_place() -> None:
    async def call(value: int) -> int:
        async with concurrency_limit():
            raise ValueError(value)

    results = run(range(5), call, call_concurrency=1)
    assert {type(result.error) for result in results} == {ValueError}


async def test_a_revoked_item_frees_its_place() -> None:
    gate = Gate()

    async def call(value: int) -> int:
        async with concurrency_limit():
            return await gate(value)  # type: ignore[no-any-return]

    pipeline = pipeline_of(call, call_concurrency=1)
    task = asyncio.create_task(pipeline.run(range(3)))
    await until(lambda: gate.held == [0])
    assert pipeline.revoke(0)
    await until(lambda: gate.held == [1])
    gate.open()
    assert [result.id for result in await task] == [1, 2]


# -- call_rate ---------------------------------------------------------------------------------


def test_after_a_rest_so_many_calls_start_at_once_then_they_are_evenly_apart() -> None:
    starts: list[float] = []

    async def call(value: int) -> None:
        async with rate_limit():
            starts.append(now())

    run(range(8), call, call_rate=4, call_rate_period=8.0)
    assert [start - starts[0] for start in starts] == [0, 0, 0, 0, 8, 10, 12, 14]


def test_the_period_is_a_minute_by_default() -> None:
    starts: list[float] = []

    async def call(value: int) -> None:
        async with rate_limit():
            starts.append(now())

    run(range(3), call, call_rate=2)
    assert [start - starts[0] for start in starts] == [0, 0, 60]


def test_a_fraction_of_a_call_a_period_is_a_slower_pace() -> None:
    starts: list[float] = []

    async def call(value: int) -> None:
        async with rate_limit():
            starts.append(now())

    run(range(3), call, call_rate=0.5, call_rate_period=10.0)
    assert [start - starts[0] for start in starts] == [0, 20, 40]


def test_a_task_may_enter_several_times() -> None:
    starts: list[float] = []

    async def call_twice(value: int) -> None:
        for _ in range(2):
            async with rate_limit():
                starts.append(now())

    run([1], call_twice, call_rate=1, call_rate_period=5.0)
    assert [start - starts[0] for start in starts] == [0, 5]


def test_has_capacity_says_whether_so_many_could_start_now() -> None:
    answers: list[bool] = []

    async def call(value: int) -> None:
        for amount in (1, 3, 4):
            answers.append(call_rate_has_capacity(amount))
        async with rate_limit():
            answers.append(call_rate_has_capacity(2))
            answers.append(call_rate_has_capacity(3))

    run([1], call, call_rate=3)
    assert answers == [True, True, False, True, False]


def test_a_retry_is_another_call() -> None:
    starts: list[float] = []

    async def call(value: int) -> None:
        async with rate_limit():
            starts.append(now())
            if len(starts) == 1:
                raise ValueError("once")

    run([1], call, call_rate=1, call_rate_period=30.0, task_attempts=2, task_wait_seconds=1)
    assert [start - starts[0] for start in starts] == [0, 30]


def test_waiting_for_the_rate_is_shown_and_no_processing_time() -> None:
    shown: list[str | None] = []

    async def call(value: int) -> None:
        async with rate_limit():
            pass

    async def main() -> Pipeline:
        pipeline = pipeline_of(call, workers=1, call_rate=1, call_rate_period=100.0)
        task = asyncio.create_task(pipeline.run(range(2)))
        await asyncio.sleep(50)
        shown.append(pipeline.get_worker_states()["Call-W0"].waiting_for)
        await task
        return pipeline

    metrics = run_virtual(main()).get_worker_metrics()["Call-W0"]
    assert shown == ["rate"]
    assert metrics.items_processed == 2
    assert metrics.total_processing_time < 1.0


# -- rate --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "gap"), [("2/s", 0.5), ("120/m", 0.5), (2, 0.5), ("1/5s", 5.0), (0.25, 4.0)]
)
def test_rate_holds_for_every_start_of_the_stages_tasks(rate: Any, gap: float) -> None:
    starts: list[float] = []

    async def call(value: int) -> None:
        starts.append(now())

    run(range(200), call, rate=rate)
    assert round(starts[-1] - starts[-2], 6) == gap


def test_rate_and_call_rate_are_counted_apart() -> None:
    starts: list[float] = []

    async def call(value: int) -> None:
        async with rate_limit():
            starts.append(now())

    run(range(3), call, rate="1000/s", call_rate=1, call_rate_period=7.0)
    assert [start - starts[0] for start in starts] == [0, 7, 14]


def test_each_task_of_a_stage_counts_as_a_start() -> None:
    starts: list[float] = []

    async def first(value: int) -> int:
        starts.append(now())
        return value

    async def second(value: int) -> int:
        starts.append(now())
        return value

    run([1], first, second, rate="1/10s")
    assert [start - starts[0] for start in starts] == [0, 10]


# -- where nothing is set ----------------------------------------------------------------------

Limit = Callable[[], Any]


@pytest.mark.parametrize(
    ("limit", "field", "other"),
    [
        (rate_limit, "call_rate", {"call_concurrency": 2}),
        (concurrency_limit, "call_concurrency", {"call_rate": 2}),
    ],
)
def test_a_stage_that_sets_no_limit_is_named_in_a_runtime_error(
    limit: Limit, field: str, other: dict[str, Any]
) -> None:
    async def call(value: int) -> None:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(limit())

    (result,) = run([1], call, **other)
    assert isinstance(result.error, RuntimeError)
    assert field in str(result.error)
    assert "'Call'" in str(result.error)


@pytest.mark.parametrize(
    ("limit", "field"), [(rate_limit, "call_rate"), (concurrency_limit, "call_concurrency")]
)
async def test_outside_a_task_it_is_a_runtime_error(limit: Limit, field: str) -> None:
    with pytest.raises(RuntimeError, match=field):
        limit()


def test_capacity_is_there_where_nothing_limits_it() -> None:
    async def call(value: int) -> bool:
        return call_rate_has_capacity(1_000_000)

    (result,) = run([1], call)
    assert result.value is True
    assert call_rate_has_capacity() is True


def test_limits_belong_to_their_stage() -> None:
    """The same task in two stages: each stage's own limit holds."""
    starts: dict[str, list[float]] = {"A": [], "B": []}

    def caller(name: str) -> Any:
        async def call(value: int) -> int:
            async with rate_limit():
                starts[name].append(now())
            return value

        return call

    stages = [
        Stage("A", 5, [caller("A")], call_rate=100),
        Stage("B", 5, [caller("B")], call_rate=1, call_rate_period=3.0),
    ]
    run_virtual(Pipeline(stages).run(range(3)))
    assert [start - starts["A"][0] for start in starts["A"]] == [0, 0, 0]
    assert [start - starts["B"][0] for start in starts["B"]] == [0, 3, 6]
