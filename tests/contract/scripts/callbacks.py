"""Callbacks of a stage, and items that skip it."""

import asyncio
from typing import Any

from antflow import Pipeline, Stage


async def charge(amount: int) -> int:
    if amount > 100:
        raise ValueError(f"{amount} is too much")
    return amount * 2


async def charged(item_id: Any, value: Any, payload: dict[str, Any]) -> None:
    print("success", item_id, value, payload["id"], payload.get("customer"))


def refused(item_id: Any, error: BaseException, payload: dict[str, Any]) -> None:
    print("failure", item_id, repr(error), payload["value"], payload.get("customer"))


def skipped(item_id: Any, value: Any, payload: dict[str, Any]) -> None:
    print("skip", item_id, value, payload["value"])


def broken(*_: Any) -> None:
    raise KeyError("callback")


async def main() -> None:
    stage = Stage(
        name="Charge",
        workers=1,
        tasks=[charge],
        task_attempts=1,
        on_success=charged,
        on_failure=refused,
        on_skip=skipped,
        skip_if=lambda amount: amount == 0,
    )
    items = [{"id": "o1", "value": 10, "customer": "Ann"}, 0, {"id": "o2", "value": 500}, 7]
    results = await Pipeline([stage]).run(items)
    print([(result.id, result.value) for result in results])

    stage = Stage("Charge", 1, [charge], task_attempts=1, on_success=broken, on_failure=broken)
    stage.skip_if = broken
    print([result.value for result in await Pipeline([stage]).run([1, 200, 3])])


asyncio.run(main())
