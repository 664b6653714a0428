"""`unpack_args=True`: a dict as keywords, a list or tuple as positionals, before every task."""

from __future__ import annotations

from typing import Any

import pytest

from antflow import Pipeline, PipelineResult, Stage


async def area(width: int, height: int = 1) -> int:
    return width * height


def volume(width: int, height: int, depth: int) -> int:
    return width * height * depth


async def run(*items: Any, tasks: Any = (area,), **fields: Any) -> list[PipelineResult]:
    options = {"task_attempts": 1, "unpack_args": True, **fields}
    stage = Stage("Work", 1, list(tasks), **options)
    return await Pipeline([stage]).run(items, include_failures=True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"width": 2, "height": 3}, 6),
        ({"width": 2}, 2),
        ([2, 3], 6),
        ((2, 3), 6),
        ([2], 2),
        (5, 5),
    ],
)
async def test_the_value_becomes_the_arguments(value: Any, expected: int) -> None:
    (result,) = await run(value)
    assert (result.value, result.error) == (expected, None)


@pytest.mark.parametrize("value", ["ab", None, {1, 2}, range(2), b"ab"])
async def test_any_other_value_is_the_one_argument(value: Any) -> None:
    async def same(one: Any) -> Any:
        return one

    (result,) = await run(value, tasks=[same])
    assert result.value == value


async def test_the_output_of_each_task_is_unpacked_for_the_next() -> None:
    async def sides(size: int) -> dict[str, int]:
        return {"width": size, "height": 2}

    async def both(width: int, height: int) -> tuple[int, int, int]:
        return width, height, 10

    (result,) = await run(3, tasks=[sides, both, volume])
    assert result.value == 60


async def test_a_plain_function_is_called_the_same_way() -> None:
    results = await run([1, 2, 3], {"width": 1, "height": 1, "depth": 5}, tasks=[volume])
    assert [result.value for result in results] == [6, 5]


async def test_the_value_of_an_item_with_an_id_is_unpacked() -> None:
    (result,) = await run({"id": "x", "value": {"width": 2, "height": 5}})
    assert (result.id, result.value) == ("x", 10)


async def test_arguments_that_do_not_fit_fail_the_item() -> None:
    bad, good = await run({"length": 2}, {"width": 2})
    assert isinstance(bad.error, TypeError)
    assert bad.value == {"length": 2}
    assert good.value == 2


async def test_without_it_the_value_stays_whole() -> None:
    async def same(one: Any) -> Any:
        return one

    results = await run([1, 2], {"a": 1}, tasks=[same], unpack_args=False)
    assert [result.value for result in results] == [[1, 2], {"a": 1}]


async def test_a_retry_gets_the_same_arguments() -> None:
    seen: list[tuple[int, int]] = []

    async def flaky(width: int, height: int) -> int:
        seen.append((width, height))
        if len(seen) == 1:
            raise ValueError("once")
        return width * height

    (result,) = await run([2, 3], tasks=[flaky], task_attempts=2, task_wait_seconds=0)
    assert (result.value, seen) == (6, [(2, 3), (2, 3)])
