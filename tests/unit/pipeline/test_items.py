"""What an element of a source becomes: its id, its value, its metadata, its priority."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pytest

from antflow import Item, Pipeline, PipelineResult, Stage, StatusTracker
from antflow.testing import Flaky

Facts = tuple[Any, Any, dict[str, Any]]


async def same(value: Any) -> Any:
    return value


async def run(items: Any, **options: Any) -> list[PipelineResult]:
    return await Pipeline([Stage("Work", 2, [same])]).run(items, **options)


async def facts(*items: Any) -> list[Facts]:
    return [(result.id, result.value, result.metadata) for result in await run(items)]


async def test_plain_values_get_the_ids_0_1_2() -> None:
    assert await facts("a", None, (1, 2), 3.5) == [
        (0, "a", {}),
        (1, None, {}),
        (2, (1, 2), {}),
        (3, 3.5, {}),
    ]


async def test_ids_start_at_0_in_every_run() -> None:
    pipeline = Pipeline([Stage("Work", 2, [same])])
    first = await pipeline.run("ab")
    second = await pipeline.run("cd")
    assert [result.id for result in first + second] == [0, 1, 0, 1]


async def test_a_dict_with_an_id_has_that_id_and_its_value() -> None:
    assert await facts({"id": "x", "value": 5}) == [("x", 5, {})]


async def test_a_dict_with_an_id_and_no_value_is_its_own_value() -> None:
    item = {"id": "x", "url": "here"}
    assert await facts(item) == [("x", item, {"url": "here"})]


async def test_other_keys_of_a_dict_become_metadata() -> None:
    item = {"id": "x", "value": 5, "user": "me", "tries": 2}
    assert await facts(item) == [("x", 5, {"user": "me", "tries": 2})]


async def test_a_dict_without_an_id_is_a_value_like_any_other() -> None:
    assert await facts({"value": 5, "user": "me"}, {}) == [
        (0, {"value": 5, "user": "me"}, {}),
        (1, {}, {}),
    ]


async def test_an_id_of_none_in_a_dict_is_an_id() -> None:
    assert await facts({"id": None, "value": 1}) == [(None, 1, {})]


async def test_a_value_of_none_in_a_dict_is_a_value() -> None:
    assert await facts({"id": 1, "value": None}) == [(1, None, {})]


async def test_kinds_of_dict_count_as_dicts() -> None:
    assert await facts(OrderedDict(id="x", value=5)) == [("x", 5, {})]


async def test_an_item_says_what_is_what() -> None:
    value = {"id": "the data's own", "value": 1}
    assert await facts(Item(id="x", value=value, metadata={"a": 1})) == [("x", value, {"a": 1})]


async def test_an_item_without_an_id_takes_the_next_number() -> None:
    assert await facts("a", Item(value="b"), "c") == [(0, "a", {}), (1, "b", {}), (2, "c", {})]


async def test_the_metadata_of_an_item_is_copied() -> None:
    shared = {"a": 1}
    (result,) = await run([Item(value=1, metadata=shared)])
    result.metadata["b"] = 2
    assert shared == {"a": 1}


async def test_numbers_count_every_element_of_the_source() -> None:
    """A number given to an item is its position, whether or not others brought their ids."""
    assert [fact[0] for fact in await facts({"id": "x", "value": 1}, "b")] == ["x", 1]


async def test_equal_ids_are_both_processed() -> None:
    assert await facts({"id": "x", "value": 1}, {"id": "x", "value": 2}) == [
        ("x", 1, {}),
        ("x", 2, {}),
    ]


async def test_sequence_ids_are_the_positions_in_the_input() -> None:
    results = await run([{"id": "x", "value": 1}, "b", Item(id="z", value=3)])
    assert [result.sequence_id for result in results] == [0, 1, 2]


async def test_metadata_goes_through_every_stage_untouched() -> None:
    pipeline = Pipeline([Stage("A", 1, [same]), Stage("B", 1, [same])])
    (result,) = await pipeline.run([{"id": "x", "value": 1, "user": "me"}])
    assert result.metadata == {"user": "me"}


@pytest.mark.parametrize("item", [{"id": [1], "value": 2}, Item(id={}, value=2)])
@pytest.mark.parametrize("max_items", [None, 1])
async def test_an_unhashable_id_fails_that_item_with_a_value_error(
    item: Any, max_items: int | None
) -> None:
    tracker = StatusTracker(max_items=max_items)
    pipeline = Pipeline([Stage("Work", 1, [same])], status_tracker=tracker)
    results = await pipeline.run([1, 2, item, 3], include_failures=True)
    assert [result.error is None for result in results] == [True, True, False, True]
    assert isinstance(results[2].error, ValueError)
    assert "hashable" in str(results[2].error)


async def test_an_unhashable_id_counts_as_one_failure() -> None:
    pipeline = Pipeline([Stage("Work", 1, [same])])
    await pipeline.run([1, {"id": [1], "value": 2}])
    stats = pipeline.get_stats()
    assert (stats.items_fed, stats.items_processed, stats.items_failed) == (2, 1, 1)
    assert pipeline.get_error_summary().errors_by_stage == {"Work": 1}


async def test_other_failures_can_be_retried_beside_an_unhashable_id() -> None:
    pipeline = Pipeline([Stage("Work", 1, [Flaky(failures=1)], task_attempts=1)])
    async with pipeline:
        await pipeline.start()
        await pipeline.feed([{"id": "x", "value": 1}, {"id": [1], "value": 2}])
        await pipeline.join()
        fed = await pipeline.retry_failed(["x"])
        await pipeline.join()
        assert fed == 1
        assert [result.id for result in pipeline.results] == ["x"]


async def test_an_item_may_name_the_stage_where_it_enters() -> None:
    async def shout(value: str) -> str:
        return value.upper()

    pipeline = Pipeline([Stage("First", 1, [shout]), Stage("Second", 1, [same])])
    results = await pipeline.run(["a", Item(value="b", stage="Second")])
    assert [result.value for result in results] == ["A", "b"]


async def test_an_item_that_names_no_stage_of_the_pipeline_is_refused() -> None:
    pipeline = Pipeline([Stage("First", 1, [same])])
    with pytest.raises(ValueError, match="'Nowhere' not found"):
        await pipeline.run([Item(value=1, stage="Nowhere")])
