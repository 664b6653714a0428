"""The fields of a stage, their order and defaults, its presets, its names."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import os
from typing import Any

import pytest

from antflow import Pipeline, Stage
from antflow.testing import run_virtual

POSITIONAL = """
    name workers tasks retry task_attempts task_wait_seconds stage_attempts unpack_args
    task_concurrency_limits on_success on_failure on_skip skip_if queue_capacity pull
    call_concurrency call_rate call_rate_period
""".split()

DEFAULTS = {
    "retry": "per_task",
    "task_attempts": 3,
    "task_wait_seconds": 1.0,
    "stage_attempts": 3,
    "stage_wait_seconds": 0.0,
    "retry_on": (Exception,),
    "unpack_args": False,
    "task_concurrency_limits": {},
    "on_success": None,
    "on_failure": None,
    "on_skip": None,
    "skip_if": None,
    "queue_capacity": None,
    "pull": False,
    "call_concurrency": None,
    "call_rate": None,
    "call_rate_period": 60.0,
    "rate": None,
    "timeout": None,
}


async def work(value: Any) -> Any:
    return value


def compute(value: Any) -> Any:
    return value


class Doubler:
    async def __call__(self, value: int) -> int:
        return 2 * value


def stage(**fields: Any) -> Stage:
    return Stage(**{"name": "Work", "workers": 3, "tasks": [work], **fields})


# -- fields ------------------------------------------------------------------------------------


def test_a_stage_is_a_dataclass() -> None:
    assert dataclasses.is_dataclass(Stage)
    assert stage() == stage()
    assert dataclasses.replace(stage(), workers=5).workers == 5


def test_the_fields_that_may_be_given_by_position_have_their_order() -> None:
    """Fields that came later stand behind them."""
    names = [field.name for field in dataclasses.fields(Stage)]
    assert names[: len(POSITIONAL)] == POSITIONAL
    assert {"stage_wait_seconds", "retry_on", "rate", "timeout"} <= set(names[len(POSITIONAL) :])


@pytest.mark.parametrize("name", DEFAULTS)
def test_default_of(name: str) -> None:
    assert getattr(stage(), name) == DEFAULTS[name]


def test_stages_do_not_share_their_default_limits() -> None:
    first = stage()
    assert first.task_concurrency_limits is not stage().task_concurrency_limits


def test_capacity_is_ten_items_a_worker_by_default() -> None:
    assert stage(workers=4).capacity == 40
    assert stage(workers=4, queue_capacity=7).capacity == 7
    assert stage(workers=4, queue_capacity=0).capacity == 0
    assert stage(workers=4, pull=True).capacity == 0


@pytest.mark.parametrize(
    ("policy", "attempts", "wait"), [("per_task", 2, 3.0), ("per_stage", 4, 5.0)]
)
def test_attempts_and_wait_follow_the_policy(policy: str, attempts: int, wait: float) -> None:
    one = stage(
        retry=policy,
        task_attempts=2,
        task_wait_seconds=3.0,
        stage_attempts=4,
        stage_wait_seconds=5.0,
    )
    assert (one.attempts, one.wait) == (attempts, wait)


# -- names -------------------------------------------------------------------------------------


def test_a_worker_is_named_after_the_stage() -> None:
    assert [stage(name="My Stage").worker_name(n) for n in (0, 12)] == [
        "My Stage-W0",
        "My Stage-W12",
    ]


@pytest.mark.parametrize(
    ("task", "name"),
    [
        (work, "work"),
        (compute, "compute"),
        (functools.partial(work), "work"),
        (functools.partial(functools.partial(compute)), "compute"),
        (Doubler(), "Doubler"),
        (functools.partial(Doubler()), "Doubler"),
        (Doubler().__call__, "__call__"),
        (lambda value: value, "<lambda>"),
    ],
)
def test_a_task_is_named_after_its_function_or_its_class(task: Any, name: str) -> None:
    assert stage(tasks=[task]).task_names == [name]


@pytest.mark.parametrize("task", [work, Doubler(), functools.partial(work), Doubler().__call__])
def test_what_gives_a_coroutine_is_a_coroutine_function(task: Any) -> None:
    assert stage(tasks=[task]).all_async


def test_one_plain_function_makes_a_stage_that_is_not_all_async() -> None:
    assert not stage(tasks=[work, compute]).all_async


async def test_a_partial_and_a_callable_object_run_as_tasks() -> None:
    async def add(amount: int, value: int) -> int:
        return value + amount

    pipeline = Pipeline([stage(tasks=[functools.partial(add, 5), Doubler()])])
    assert [result.value for result in await pipeline.run([1, 2])] == [12, 14]


async def test_the_tasks_of_a_stage_run_one_after_another_output_to_input() -> None:
    seen: list[tuple[str, int]] = []

    async def first(value: int) -> int:
        seen.append(("first", value))
        return value + 1

    async def second(value: int) -> int:
        seen.append(("second", value))
        return value * 10

    (result,) = await Pipeline([stage(tasks=[first, second])]).run([1])
    assert (result.value, seen) == (20, [("first", 1), ("second", 2)])


# -- presets -----------------------------------------------------------------------------------


def test_io_bound_has_ten_workers_and_three_attempts() -> None:
    one = Stage.io_bound("Fetch", work, compute)
    assert (one.name, one.workers, list(one.tasks)) == ("Fetch", 10, [work, compute])
    assert (one.retry, one.attempts, one.executor) == ("per_task", 3, "loop")


def test_cpu_bound_has_a_worker_a_cpu_one_attempt_and_runs_off_the_loop() -> None:
    one = Stage.cpu_bound("Parse", work)
    assert (one.workers, one.attempts, one.executor) == (os.cpu_count(), 1, "thread")
    assert Stage.cpu_bound("Parse", work, workers=3, retries=2).attempts == 2


@pytest.mark.parametrize(("rps", "workers"), [(10, 10), (2.9, 2), (0.2, 1)])
def test_rate_limited_has_a_worker_for_each_start_a_second(rps: float, workers: int) -> None:
    one = Stage.rate_limited("Call", work, rps=rps)
    assert (one.rate, one.workers, one.attempts) == (rps, workers, 3)
    one.validate()


def test_rate_limited_takes_ten_a_second_by_default() -> None:
    assert Stage.rate_limited("Call", work).rate == 10
    assert Stage.rate_limited("Call", work, workers=4).workers == 4


@pytest.mark.parametrize("preset", [Stage.io_bound, Stage.cpu_bound, Stage.rate_limited])
def test_retries_of_a_preset_are_attempts_under_the_chosen_policy(preset: Any) -> None:
    assert preset("Work", work, retries=7).attempts == 7
    assert preset("Work", work, retries=7, retry="per_stage").attempts == 7


@pytest.mark.parametrize("preset", [Stage.io_bound, Stage.cpu_bound, Stage.rate_limited])
def test_a_preset_takes_every_other_field(preset: Any) -> None:
    assert preset("Work", work, queue_capacity=2).queue_capacity == 2


def test_rate_limited_starts_its_tasks_at_that_rate() -> None:
    """Ten a second: the first ten at once, the others a tenth of a second apart."""
    starts: list[float] = []

    async def call(value: int) -> None:
        starts.append(asyncio.get_running_loop().time())

    run_virtual(Pipeline([Stage.rate_limited("Call", call, rps=10)]).run(range(13)))
    begin = starts[0]
    assert [round(start - begin, 6) for start in starts] == [0.0] * 10 + [1.0, 1.1, 1.2]
