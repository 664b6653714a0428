"""Where fed items enter, and in what order they are taken."""

from __future__ import annotations

from typing import Any

from antflow import Item, Pipeline, Stage
from antflow.testing import settle


async def double(value: int) -> int:
    return 2 * value


async def text(value: Any) -> str:
    return f"<{value}>"


def pipeline_of(*tasks: Any, **fields: Any) -> Pipeline:
    """One stage for each task: `A`, `B`, …"""
    stages = [
        Stage(name, tasks=[task], **{"workers": 1, "task_attempts": 1, **fields})
        for name, task in zip("ABCDE", tasks or [double], strict=False)
    ]
    return Pipeline(stages)


def values(pipeline: Pipeline) -> list[Any]:
    return [result.value for result in pipeline.results]


async def test_target_stage_is_where_the_items_enter() -> None:
    pipeline = pipeline_of(double, text)
    await pipeline.start()
    await pipeline.feed([1], target_stage="B")
    await pipeline.feed([2], target_stage="A")
    await pipeline.join()
    await pipeline.shutdown()
    assert values(pipeline) == ["<1>", "<4>"]


async def _order(*feeds: tuple[str, int | None]) -> str:
    """The order in which a single worker takes what was fed while it was paused."""
    seen: list[str] = []

    async def note(value: str) -> None:
        seen.append(value)

    pipeline = pipeline_of(note, queue_capacity=0)
    pipeline.pause()
    await pipeline.start()
    for items, priority in feeds:
        await (
            pipeline.feed(items) if priority is None else pipeline.feed(items, priority=priority)
        )
    pipeline.resume()
    await pipeline.join()
    await pipeline.shutdown()
    return "".join(seen)


async def test_first_in_first_out_without_priorities() -> None:
    assert await _order(("abc", None), ("de", None)) == "abcde"


async def test_the_lower_number_goes_first() -> None:
    assert await _order(("ab", 200), ("cd", 5), ("ef", None)) == "cdefab"


async def test_first_in_first_out_within_one_priority() -> None:
    assert await _order(("ab", 5), ("x", 100), ("cd", 5), ("y", None)) == "abcdxy"


async def test_a_priority_may_be_negative() -> None:
    assert await _order(("a", 0), ("b", -1)) == "ba"


async def test_an_item_brings_its_own_priority() -> None:
    items = ["a", Item(value="b", priority=1), Item(value="c")]
    assert await _order((items, None)) == "bac"  # type: ignore[arg-type]


async def test_priorities_count_in_every_queue_on_the_way() -> None:
    seen: list[str] = []

    async def note(value: str) -> None:
        seen.append(value)

    pipeline = pipeline_of(unchanged, note, queue_capacity=0)
    pipeline.pause("B")
    await pipeline.start()
    await pipeline.feed("ab")
    await pipeline.feed("c", priority=1)
    await settle()
    pipeline.resume()
    await pipeline.join()
    await pipeline.shutdown()
    assert "".join(seen) == "cab"


async def unchanged(value: Any) -> Any:
    return value


async def test_results_stand_in_feeding_order_whatever_the_priorities() -> None:
    pipeline = pipeline_of()
    pipeline.pause()
    await pipeline.start()
    await pipeline.feed([1, 2])
    await pipeline.feed([3], priority=1)
    pipeline.resume()
    await pipeline.join()
    await pipeline.shutdown()
    assert values(pipeline) == [2, 4, 6]
