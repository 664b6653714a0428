"""Ids and metadata of one's own."""

import asyncio
from typing import Any

from antflow import Pipeline, PipelineResult, Stage


async def kind(value: Any) -> str:
    return type(value).__name__


async def main() -> None:
    items = [
        {"id": "user_1", "value": 5, "team": "red", "rank": 2},
        {"id": "user_2", "url": "/two"},
        {"value": 3, "note": "no id"},
        ("plain", "tuple"),
        None,
        {"id": 0, "value": "zero"},
        {"id": "user_1", "value": "again"},
    ]
    pipeline = Pipeline([Stage("Kind", 2, [kind])])
    for result in await pipeline.run(items):
        print(result.id, result.value, result.sequence_id, result.metadata)

    async def same(value: Any) -> Any:
        return value

    (result,) = await Pipeline([Stage("Same", 1, [same])]).run([{"id": "u", "url": "/u"}])
    print(result.value, result.metadata)
    print(result == PipelineResult("u", {"id": "u", "url": "/u"}, 0, {"url": "/u"}))
    print(result)


asyncio.run(main())
