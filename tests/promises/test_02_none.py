"""Promise 2: a value of None is a value, in every retry mode."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from evidence import assert_one_outcome_each, same, virtually

from antflow import Item, Pipeline, PipelineResult, Stage, StatusTracker
from antflow.testing import Flaky

RETRY_MODES = ["per_task", "per_stage"]


async def nothing(_: Any) -> None:
    """A task whose answer is None."""


def values(results: list[PipelineResult]) -> list[Any]:
    assert all(result.is_success for result in results)
    return [result.value for result in results]


@pytest.mark.parametrize("retry", RETRY_MODES)
@pytest.mark.parametrize("tracked", [False, True], ids=["untracked", "tracked"])
def test_none_passes_through_every_stage(retry: Any, tracked: bool) -> None:
    tracker = StatusTracker() if tracked else None
    stages = [Stage(name, 2, [same, same], retry) for name in ("First", "Second", "Third")]
    pipeline = Pipeline(stages, status_tracker=tracker)
    assert values(virtually(pipeline.run([None] * 5))) == [None] * 5
    if tracked:
        assert_one_outcome_each(pipeline, 5)


@pytest.mark.parametrize("retry", RETRY_MODES)
@pytest.mark.parametrize("wait", [0, 2.5])
@pytest.mark.parametrize("tasks_before", [0, 1])
@pytest.mark.parametrize("tasks_after", [0, 1])
def test_none_is_tried_again_and_stays_none(
    retry: Any, wait: float, tasks_before: int, tasks_after: int
) -> None:
    flaky = Flaky(2)
    tasks = [nothing] * tasks_before + [flaky] + [nothing] * tasks_after
    stage = Stage("Work", 1, tasks, retry, 3, wait, 3, stage_wait_seconds=wait)
    pipeline = Pipeline([stage, Stage("Last", 1, [same])], status_tracker=StatusTracker())
    assert values(virtually(pipeline.run([None]))) == [None]
    assert flaky.calls == {None: 3}
    assert_one_outcome_each(pipeline, 1)


@pytest.mark.parametrize("retry", RETRY_MODES)
def test_an_answer_of_none_is_no_failure_and_is_not_tried_again(retry: Any) -> None:
    calls = 0

    async def answer(_: Any) -> None:
        nonlocal calls
        calls += 1

    pipeline = Pipeline([Stage("Work", 3, [answer], retry)])
    assert values(virtually(pipeline.run(range(7)))) == [None] * 7
    assert calls == 7


@pytest.mark.parametrize("retry", RETRY_MODES)
def test_a_failed_none_keeps_its_value_and_can_be_fed_again(retry: Any) -> None:
    flaky = Flaky(3)
    pipeline = Pipeline([Stage("Work", 1, [flaky], retry, 3, 0, 3)])

    async def main() -> list[PipelineResult]:
        failed = await pipeline.run([None], include_failures=True)
        assert failed[0].value is None
        assert not failed[0].is_success
        await pipeline.start()
        assert await pipeline.retry_failed() == 1
        await pipeline.join()
        await pipeline.shutdown()
        return pipeline.results

    assert values(virtually(main())) == [None]


@pytest.mark.parametrize("retry", RETRY_MODES)
def test_none_reaches_the_callbacks(retry: Any) -> None:
    told: list[Any] = []

    def skipped(value: Any) -> bool:
        told.append(value)
        return False

    def done(item_id: Any, value: Any, payload: dict[str, Any]) -> None:
        told.extend((value, payload["value"]))

    stage = Stage("Work", 1, [nothing], retry, skip_if=skipped, on_success=done)
    assert values(virtually(Pipeline([stage]).run([None]))) == [None]
    assert told == [None, None, None]


@pytest.mark.parametrize("retry", RETRY_MODES)
def test_a_skipped_none_passes_on(retry: Any) -> None:
    stage = Stage("Skipping", 1, [Flaky(9)], retry, skip_if=lambda value: value is None)
    pipeline = Pipeline([stage, Stage("Last", 1, [same])])
    assert values(virtually(pipeline.run([None, None]))) == [None, None]
    assert pipeline.get_stats().items_skipped == 2


@pytest.mark.parametrize("retry", RETRY_MODES)
async def test_none_passes_through_plain_functions_and_threads(retry: Any) -> None:
    def plain(value: Any) -> Any:
        return value

    stages = [
        Stage("Plain", 1, [plain], retry),
        Stage("Thread", 1, [nothing], retry, executor="thread"),
        Stage("Unpacked", 1, [same], retry, unpack_args=True),
    ]
    assert values(await Pipeline(stages).run([None] * 3)) == [None] * 3


def test_none_is_handed_over_to_a_pull_stage() -> None:
    stages = [Stage("First", 2, [nothing]), Stage("Pull", 1, [nothing], pull=True)]
    assert values(virtually(Pipeline(stages).run([None] * 6))) == [None] * 6


@pytest.mark.parametrize(
    "item", [None, {"id": "a", "value": None}, Item(id="a", value=None), Item(value=None)], ids=str
)
def test_none_may_come_in_any_form_of_item(item: Any) -> None:
    seen: list[Any] = []

    async def look(value: Any) -> Any:
        seen.append(value)
        return value

    assert values(virtually(Pipeline([Stage("Only", 1, [look])]).run([item]))) == [None]
    assert seen == [None]


def test_a_source_and_a_stream_may_give_nothing_but_none() -> None:
    async def source() -> AsyncIterator[None]:
        for _ in range(4):
            yield None

    async def main() -> list[Any]:
        pipeline = Pipeline([Stage("First", 2, [same]), Stage("Last", 1, [same])])
        return [result.value async for result in pipeline.stream(source(), buffer_size=0)]

    assert virtually(main()) == [None] * 4


def test_none_keeps_its_place_among_priorities() -> None:
    async def main() -> list[Any]:
        pipeline = Pipeline([Stage("Only", 1, [same])])
        await pipeline.start()
        await pipeline.feed([None, 1], priority=5)
        await pipeline.feed([None], priority=1)
        await pipeline.join()
        await pipeline.shutdown()
        return [result.value for result in pipeline.results]

    assert virtually(main()) == [None, 1, None]
