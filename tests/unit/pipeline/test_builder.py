"""`Pipeline.create()`: a pipeline as a chain of calls."""

from __future__ import annotations

from typing import Any

import pytest

from antflow import Pipeline, PipelineBuilder, PipelineError, StatusTracker


async def double(value: int) -> int:
    return 2 * value


async def text(value: Any) -> str:
    return str(value)


def test_create_gives_a_builder_and_every_call_gives_it_back() -> None:
    builder = Pipeline.create()
    assert isinstance(builder, PipelineBuilder)
    assert builder.add("A", double) is builder
    assert builder.with_tracker(StatusTracker()) is builder
    assert builder.collect_results(False) is builder


def test_add_has_five_workers_three_attempts_and_retries_per_task() -> None:
    (stage,) = Pipeline.create().add("A", double).build().stages
    assert (stage.workers, stage.retry, stage.attempts) == (5, "per_task", 3)
    assert stage.task_wait_seconds == 1.0


@pytest.mark.parametrize("policy", ["per_task", "per_stage"])
def test_retries_are_attempts_under_the_chosen_policy(policy: Any) -> None:
    built = Pipeline.create().add("A", double, retries=7, retry_policy=policy).build()
    (stage,) = built.stages
    assert (stage.retry, stage.attempts) == (policy, 7)


def test_add_takes_any_other_field_of_a_stage() -> None:
    async def never(value: Any) -> bool:
        return False

    built = Pipeline.create().add("A", double, queue_capacity=3, skip_if=never).build()
    assert (built.stages[0].queue_capacity, built.stages[0].skip_if) == (3, never)


def test_add_refuses_a_field_that_a_stage_does_not_have() -> None:
    with pytest.raises(TypeError, match="colour"):
        Pipeline.create().add("A", double, colour="red")


def test_the_stages_stand_in_the_order_of_the_calls() -> None:
    built = Pipeline.create().add("B", double).add("A", double, text).build()
    assert [stage.name for stage in built.stages] == ["B", "A"]
    assert built.stages[1].task_names == ["double", "text"]


def test_with_tracker_gives_the_pipeline_its_tracker() -> None:
    tracker = StatusTracker()
    assert Pipeline.create().add("A", double).with_tracker(tracker).build().tracker is tracker
    assert Pipeline.create().add("A", double).build().tracker is None


def test_collect_results_is_on_unless_said_otherwise() -> None:
    assert Pipeline.create().add("A", double).build().collect_results is True
    assert Pipeline.create().add("A", double).collect_results().build().collect_results is True
    off = Pipeline.create().add("A", double).collect_results(False).build()
    assert off.collect_results is False


def test_a_builder_without_stages_builds_nothing() -> None:
    with pytest.raises(PipelineError, match="must have at least one stage"):
        Pipeline.create().build()


async def test_run_builds_and_runs() -> None:
    results = await Pipeline.create().add("A", double).add("B", text).run([1, 2])
    assert [result.value for result in results] == ["2", "4"]


def test_a_builder_can_be_made_by_its_class() -> None:
    assert PipelineBuilder().add("A", double).build().stages[0].name == "A"


def test_two_builds_are_two_pipelines() -> None:
    builder = Pipeline.create().add("A", double)
    first = builder.build()
    second = builder.add("B", text).build()
    assert [len(pipeline.stages) for pipeline in (first, second)] == [1, 2]


async def test_run_passes_its_display_arguments_on() -> None:
    with pytest.raises(ValueError, match="Cannot use both"):
        await Pipeline.create().add("A", double).run([1], progress=True, dashboard="full")
