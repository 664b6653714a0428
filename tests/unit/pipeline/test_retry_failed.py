"""`retry_failed`: feeding failed items again."""

from __future__ import annotations

from typing import Any

import pytest

from antflow import Pipeline, PipelineError, Stage
from antflow.testing import Flaky


async def same(value: Any) -> Any:
    return value


def one_stage(*tasks: Any, **fields: Any) -> Pipeline:
    options = {"workers": 1, "task_attempts": 1, **fields}
    stage = Stage("Work", tasks=list(tasks) or [same], **options)
    return Pipeline([stage])


async def two_failing_stages() -> Pipeline:
    """Items 0 and 1 failed in A, 2 and 3 in B; another attempt of any of them succeeds."""

    async def first(value: int) -> int:
        if value < 2 and value not in tried:
            tried.add(value)
            raise ValueError("in A")
        return value

    async def second(value: int) -> int:
        if value not in tried:
            tried.add(value)
            raise ValueError("in B")
        return value * 10

    tried: set[int] = set()
    stages = [Stage("A", 1, [first], task_attempts=1), Stage("B", 1, [second], task_attempts=1)]
    pipeline = Pipeline(stages)
    await pipeline.start()
    await pipeline.feed(range(4))
    await pipeline.join()
    assert pipeline.results == []
    return pipeline


@pytest.mark.parametrize(
    ("ids", "stage", "expected"),
    [
        (None, None, [0, 1, 2, 3]),
        ([1, 2], None, [1, 2]),
        ({3}, None, [3]),
        (None, "B", [2, 3]),
        ([0, 2], "B", [2]),
        ([], None, []),
        (["nobody"], None, []),
    ],
)
async def test_failed_items_are_fed_again(ids: Any, stage: str | None, expected: list[int]) -> None:
    async with await two_failing_stages() as pipeline:
        assert await pipeline.retry_failed(ids, stage=stage) == len(expected)
        await pipeline.join()
        found = {result.id: result.value for result in pipeline.results}
    assert found == {number: number * 10 for number in expected}


async def test_each_goes_on_where_it_failed() -> None:
    async with await two_failing_stages() as pipeline:
        before = pipeline.get_stats().stage_stats["A"].completed_items
        await pipeline.retry_failed(stage="B")
        await pipeline.join()
        assert pipeline.get_stats().stage_stats["A"].completed_items == before


async def test_each_failure_is_fed_again_once() -> None:
    async with await two_failing_stages() as pipeline:
        assert [await pipeline.retry_failed() for _ in range(2)] == [4, 0]


async def test_what_fails_again_can_be_retried_again() -> None:
    flaky = Flaky(failures=2)
    async with one_stage(flaky) as pipeline:
        await pipeline.start()
        await pipeline.feed(["x"])
        await pipeline.join()
        for _ in range(2):
            assert await pipeline.retry_failed() == 1
            await pipeline.join()
        assert [result.value for result in pipeline.results] == ["x"]
    assert flaky.calls == {"x": 3}


async def test_the_counts_of_what_failed_stay() -> None:
    async with await two_failing_stages() as pipeline:
        await pipeline.retry_failed()
        await pipeline.join()
        stats = pipeline.get_stats()
    assert (stats.items_fed, stats.items_failed, stats.items_processed) == (8, 4, 4)
    assert pipeline.get_error_summary().total_failed == 4


async def test_failures_of_an_earlier_run_can_be_retried_after_a_start() -> None:
    pipeline = one_stage(Flaky(failures=1))
    await pipeline.run([{"id": "x", "value": 1, "user": "me"}])
    await pipeline.start()
    await pipeline.retry_failed()
    await pipeline.join()
    await pipeline.shutdown()
    (result,) = pipeline.results
    assert (result.id, result.metadata) == ("x", {"user": "me"})


async def test_retrying_needs_a_started_pipeline() -> None:
    with pytest.raises(PipelineError, match=r"call start\(\)"):
        await one_stage().retry_failed()


async def test_retrying_an_unknown_stage_is_a_value_error_first() -> None:
    with pytest.raises(ValueError, match="'Nowhere' not found"):
        await one_stage().retry_failed(stage="Nowhere")
