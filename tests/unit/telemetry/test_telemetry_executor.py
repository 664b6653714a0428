"""A real executor, traced."""

from __future__ import annotations

import asyncio

import pytest
from memory_sdk import Recorded
from opentelemetry.trace import StatusCode

from antflow import AsyncExecutor

NAME = "antflow.executor.task"


async def double(value: int) -> int:
    await asyncio.sleep(0)
    return value * 2


async def test_every_task_has_a_span_with_its_worker_and_number(recorded: Recorded) -> None:
    async with AsyncExecutor(max_workers=2) as executor:
        assert await executor.map(double, range(6)) == [0, 2, 4, 6, 8, 10]
    spans = recorded.spans(NAME)
    assert [(span.attributes or {})["antflow.executor.task_id"] for span in spans] == list(range(6))
    workers = {(span.attributes or {})["antflow.executor.worker_id"] for span in spans}
    assert workers <= {0, 1}


async def test_the_span_is_a_child_of_the_submitters(recorded: Recorded) -> None:
    """Also on a worker that somebody else's submit has started."""
    tracer = recorded.tracers.get_tracer("app")
    async with AsyncExecutor(max_workers=1) as executor:
        futures = []
        for number in range(3):
            with tracer.start_as_current_span(f"request {number}"):
                futures.append(executor.submit(double, number))
        for future in futures:
            await future
    parents = [recorded.parent(span).name for span in recorded.spans(NAME)]
    assert parents == ["request 0", "request 1", "request 2"]


async def test_a_sync_functions_own_span_is_its_child(recorded: Recorded) -> None:
    tracer = recorded.tracers.get_tracer("app")

    def call() -> int:
        with tracer.start_as_current_span("http"):
            return 1

    async with AsyncExecutor() as executor:
        assert await executor.submit(call) == 1
    assert recorded.parent(recorded.span("http")) == recorded.span(NAME)


async def test_a_failure_fails_the_span(recorded: Recorded) -> None:
    async def fail() -> None:
        raise ValueError("boom")

    async with AsyncExecutor() as executor:
        with pytest.raises(ValueError, match="boom"):
            await executor.submit(fail)
    span = recorded.span(NAME)
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == "boom"
    assert [event.name for event in span.events] == ["exception"]


async def test_a_cancelled_task_is_no_error(recorded: Recorded) -> None:
    started = asyncio.Event()

    async def hang() -> None:
        started.set()
        await asyncio.Event().wait()

    async with AsyncExecutor() as executor:
        future = executor.submit(hang)
        await started.wait()
        future.cancel()
    span = recorded.span(NAME)
    assert span.status.status_code is StatusCode.UNSET
    assert (span.attributes or {})["antflow.cancelled"]
