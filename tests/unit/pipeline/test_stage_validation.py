"""What cannot work is refused before anything runs, with the stage's name and the fix."""

from __future__ import annotations

from typing import Any

import pytest

from antflow import Pipeline, PipelineError, Stage, StageValidationError


async def work(value: Any) -> Any:
    return value


def stage(**fields: Any) -> Stage:
    return Stage(**{"name": "Fetch", "workers": 1, "tasks": [work], **fields})


# field values, what the text says is wrong, what it says to do
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"retry": "sometimes"}, "Invalid retry policy", "use 'per_task' or 'per_stage'"),
    ({"retry": None}, "Invalid retry policy", "'per_task'"),
    ({"workers": 0}, "must have at least 1 worker", "workers=1"),
    ({"workers": -2}, "must have at least 1 worker", "workers=1"),
    ({"workers": 1.5}, "must have at least 1 worker", "workers=1"),
    ({"workers": True}, "must have at least 1 worker", "workers=1"),
    ({"tasks": []}, "must have at least one task", "tasks=[your_function]"),
    ({"tasks": None}, "must have at least one task", "tasks=[your_function]"),
    ({"tasks": work}, "must have at least one task", "tasks=[your_function]"),
    ({"tasks": "work"}, "must have at least one task", "tasks=[your_function]"),
    ({"tasks": [3]}, "not callable", "give the function itself"),
    ({"task_attempts": 0}, "task_attempts must be at least 1", "1 means no retry"),
    ({"stage_attempts": 0}, "stage_attempts must be at least 1", "1 means no retry"),
    ({"task_wait_seconds": -1}, "task_wait_seconds", "seconds >= 0"),
    ({"stage_wait_seconds": "soon"}, "stage_wait_seconds", "seconds >= 0"),
    ({"retry_on": (ValueError, "no")}, "retry_on", "tuple of exception classes"),
    ({"task_concurrency_limits": {"fetch": 2}}, "unknown task 'fetch'", "it has work"),
    ({"task_concurrency_limits": {"work": 0}}, "task_concurrency_limits['work']", "at least 1"),
    ({"pull": True, "retry": "per_stage"}, "per_stage", "retry='per_task' or pull=False"),
    ({"queue_capacity": -1}, "queue_capacity", "None, 0 (no bound) or more"),
    ({"call_concurrency": 0}, "call_concurrency", "at least 1"),
    ({"call_rate": 0}, "call_rate", "> 0"),
    ({"call_rate_period": 0}, "call_rate_period", "> 0"),
    ({"timeout": 0}, "timeout", "> 0"),
    ({"rate": "fast"}, "rate", "like '20/s'"),
    ({"rate": 0}, "rate", "> 0"),
    ({"rate": "20/day"}, "rate", "like '20/s'"),
    ({"skip_if": 3}, "skip_if", "callable or None"),
    ({"on_success": "log"}, "on_success", "callable or None"),
    ({"on_failure": 3}, "on_failure", "callable or None"),
    ({"on_skip": 3}, "on_skip", "callable or None"),
    ({"executor": "process"}, "executor", "'loop' or 'thread'"),
]


@pytest.mark.parametrize(("fields", "problem", "fix"), REFUSED)
def test_the_text_names_the_stage_the_problem_and_the_fix(
    fields: dict[str, Any], problem: str, fix: str
) -> None:
    with pytest.raises(StageValidationError) as caught:
        stage(**fields).validate()
    text = str(caught.value)
    assert "'Fetch'" in text
    assert problem in text
    assert fix in text


@pytest.mark.parametrize("fields", [{"name": ""}, {"name": 3}])
def test_a_stage_needs_a_name(fields: dict[str, Any]) -> None:
    with pytest.raises(StageValidationError, match="name"):
        stage(**fields).validate()


@pytest.mark.parametrize(("fields", "problem"), [(fields, text) for fields, text, _ in REFUSED])
def test_a_pipeline_checks_its_stages(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(StageValidationError) as caught:
        Pipeline([Stage("First", 1, [work]), stage(**fields)])
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    "fields",
    [
        {"tasks": (work,)},
        {"task_attempts": 1},
        {"task_wait_seconds": 0},
        {"task_wait_seconds": lambda state: 1.0},
        {"retry_on": ValueError},
        {"task_concurrency_limits": {"work": 1}},
        {"queue_capacity": 0},
        {"pull": True},
        {"call_rate": 0.5},
        {"rate": "100/m"},
        {"rate": "5/10s"},
        {"rate": 2.5},
        {"timeout": 0.001},
        {"executor": "thread"},
    ],
)
def test_what_can_work_is_taken(fields: dict[str, Any]) -> None:
    one = stage(**fields)
    one.validate()
    assert Pipeline([stage(name="First"), one]).stages[1] is one


def test_making_a_stage_checks_nothing_yet() -> None:
    """Fields may still be set; `validate` and `Pipeline` check."""
    one = stage(workers=0)
    one.workers = 2
    one.validate()
    assert one.workers == 2


def test_two_stages_of_one_name_are_refused() -> None:
    with pytest.raises(StageValidationError, match="Duplicate stage name 'Fetch'"):
        Pipeline([stage(), stage()])


def test_a_pipeline_needs_a_stage() -> None:
    with pytest.raises(PipelineError, match="must have at least one stage"):
        Pipeline([])


def test_a_pull_stage_cannot_be_the_first_stage() -> None:
    with pytest.raises(PipelineError, match="first stage"):
        Pipeline([stage(pull=True)])


def test_a_builder_refuses_at_build() -> None:
    builder = Pipeline.create().add("Fetch", work, workers=0)
    with pytest.raises(StageValidationError, match="must have at least 1 worker"):
        builder.build()
