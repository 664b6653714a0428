"""Mistakes in a configuration and the texts that name them."""

import asyncio
from collections.abc import Callable
from typing import Any

from antflow import AntFlowError, Pipeline, PipelineError, Stage, StageValidationError


async def work(number: int) -> int:
    return number


def attempt(make: Callable[[], Any], *words: str) -> None:
    try:
        made = make()
        if isinstance(made, Stage):
            made.validate()
    except PipelineError as error:
        print(type(error).__name__, [word for word in words if word in str(error)])
    else:
        print("no error")


async def main() -> None:
    attempt(lambda: Pipeline([]), "must have at least one stage")
    attempt(lambda: Pipeline.create().build(), "must have at least one stage")
    attempt(lambda: Stage("S", 1, [work], retry="sometimes"), "Invalid retry policy")
    attempt(lambda: Stage("S", 0, [work]), "must have at least 1 worker", "S")
    attempt(lambda: Stage("S", 1, []), "must have at least one task", "S")
    attempt(lambda: Stage("S", 1, [work], task_attempts=0), "S", "attempts")
    attempt(lambda: Stage("S", 1, [work], retry="per_stage", stage_attempts=0), "attempts")
    attempt(lambda: Stage("S", 1, [work], task_concurrency_limits={"x": 1}), "unknown task")
    attempt(lambda: Stage("S", 1, [work], retry="per_stage", pull=True), "per_stage")
    attempt(lambda: Pipeline([Stage("S", 1, [work], pull=True)]), "first stage")
    twice = [Stage("S", 1, [work]), Stage("S", 2, [work])]
    attempt(lambda: Pipeline(twice), "Duplicate stage name", "S")
    attempt(lambda: Pipeline([Stage("S", 0, [work])]), "must have at least 1 worker")
    print(issubclass(StageValidationError, PipelineError), issubclass(PipelineError, AntFlowError))


asyncio.run(main())
