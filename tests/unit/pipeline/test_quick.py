"""`Pipeline.quick`: items through functions, with nothing to set up."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import AsyncIterator
from typing import Any

import pytest

from antflow import Pipeline, StageValidationError
from antflow.pipeline.builder import quick_stages
from antflow.testing import Flaky, Gate, run_virtual, settle


async def fetch_page(value: int) -> int:
    return value + 1


async def parse(value: int) -> int:
    return value * 10


class HTMLParser:
    async def __call__(self, value: int) -> int:
        return value


def named(name: str) -> Any:
    async def task(value: int) -> int:
        return value

    task.__name__ = name
    return task


def names(*tasks: Any) -> list[str]:
    return [stage.name for stage in quick_stages(tasks, 5, 3)]


async def test_one_task_is_enough() -> None:
    assert [result.value for result in await Pipeline.quick([1, 2], fetch_page)] == [2, 3]


async def test_several_tasks_are_stages_in_a_row() -> None:
    results = await Pipeline.quick(range(3), [fetch_page, parse])
    assert [result.value for result in results] == [10, 20, 30]


@pytest.mark.parametrize(
    ("task", "name"),
    [
        (fetch_page, "FetchPage"),
        (parse, "Parse"),
        (functools.partial(fetch_page), "FetchPage"),
        (HTMLParser(), "HTMLParser"),
        (named("_load__raw_"), "LoadRaw"),
        (named("camelCase"), "CamelCase"),
    ],
)
def test_a_stage_is_named_after_its_task_in_camel_case(task: Any, name: str) -> None:
    assert names(task) == [name]


def test_a_lambda_gives_a_usable_name() -> None:
    assert names(lambda value: value) == ["Lambda"]


def test_tasks_of_one_name_get_stages_of_different_names() -> None:
    assert names(parse, parse, parse) == ["Parse", "Parse2", "Parse3"]


def test_a_name_made_unique_does_not_take_the_name_of_another_task() -> None:
    found = names(parse, parse, named("parse2"), named("parse_2"))
    assert len(set(found)) == 4


async def test_the_same_task_may_stand_twice() -> None:
    results = await Pipeline.quick([1], [parse, parse, named("parse2")])
    assert [result.value for result in results] == [100]


def test_it_has_five_workers_and_three_attempts() -> None:
    parameters = inspect.signature(Pipeline.quick).parameters
    assert (parameters["workers"].default, parameters["retries"].default) == (5, 3)
    (stage,) = quick_stages(parse, 5, 3)
    assert (stage.workers, stage.task_attempts, stage.task_wait_seconds) == (5, 3, 1.0)


async def test_workers_says_how_many_items_at_once() -> None:
    gate = Gate()
    run = asyncio.create_task(Pipeline.quick(range(10), gate, workers=4))
    await settle()
    held = len(gate.held)
    gate.open()
    await run
    assert held == 4


@pytest.mark.parametrize(("retries", "calls", "done"), [(1, 1, []), (2, 2, ["x"])])
def test_retries_are_attempts(retries: int, calls: int, done: list[str]) -> None:
    flaky = Flaky(failures=1)
    results = run_virtual(Pipeline.quick(["x"], flaky, retries=retries))
    assert [result.value for result in results] == done
    assert flaky.calls == {"x": calls}


async def test_it_takes_an_async_source() -> None:
    async def source() -> AsyncIterator[int]:
        yield 1
        yield 2

    assert [result.value for result in await Pipeline.quick(source(), parse)] == [10, 20]


async def test_no_task_is_refused() -> None:
    with pytest.raises(Exception, match="must have at least one stage"):
        await Pipeline.quick([1], [])


async def test_what_cannot_be_called_is_refused() -> None:
    with pytest.raises(StageValidationError, match="not callable"):
        await Pipeline.quick([1], [parse, 3])  # type: ignore[list-item]


async def test_its_display_arguments_are_those_of_run() -> None:
    with pytest.raises(ValueError, match="Cannot use both"):
        await Pipeline.quick([1], parse, progress=True, dashboard="full")
    with pytest.raises(ValueError, match="'nonsense' not found"):
        await Pipeline.quick([1], parse, dashboard="nonsense")
