"""A real pipeline, traced and measured."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from memory_sdk import Recorded
from opentelemetry import trace
from opentelemetry.trace import StatusCode

from antflow import Pipeline, Stage
from antflow.telemetry import configure_telemetry


async def fetch(value: int) -> int:
    await asyncio.sleep(0)
    return value + 1


async def fail(value: int) -> int:
    raise ValueError(f"no such page: {value}")


async def test_a_run_gives_the_tree_of_its_work(recorded: Recorded) -> None:
    pipeline = Pipeline([Stage("Fetch", 2, [fetch]), Stage("Parse", 3, [fetch])])
    await pipeline.run(range(5))
    run = recorded.span("antflow.pipeline.run")
    assert run.attributes == {"antflow.pipeline.stages": 2, "antflow.pipeline.total_items": 5}
    for name in ("Fetch", "Parse"):
        stages = recorded.spans(f"antflow.stage.{name}")
        assert len(stages) == 5
        assert {recorded.parent(span) for span in stages} == {run}
    parents = [recorded.parent(task).name for task in recorded.spans("antflow.task.fetch")]
    assert sorted(parents) == ["antflow.stage.Fetch"] * 5 + ["antflow.stage.Parse"] * 5
    assert recorded.total("antflow.pipeline.items.processed") == 5


async def test_the_tasks_of_a_stage_share_its_span(recorded: Recorded) -> None:
    async def parse(value: int) -> int:
        return value

    await Pipeline([Stage("Work", 1, [fetch, parse])]).run([1])
    stage = recorded.span("antflow.stage.Work")
    for task in ("fetch", "parse"):
        assert recorded.parent(recorded.span(f"antflow.task.{task}")) == stage


async def _on_the_loop(value: int) -> int:
    with trace.get_tracer("app", tracer_provider=_provider).start_as_current_span("http"):
        await asyncio.sleep(0)
        return value


def _on_a_thread(value: int) -> int:
    with trace.get_tracer("app", tracer_provider=_provider).start_as_current_span("http"):
        return value


_provider: trace.TracerProvider | None = None


@pytest.mark.parametrize(
    ("task", "executor"), [(_on_the_loop, "loop"), (_on_the_loop, "thread"), (_on_a_thread, "loop")]
)
async def test_a_tasks_own_spans_are_children_of_its_task_span(
    recorded: Recorded,
    monkeypatch: pytest.MonkeyPatch,
    task: Callable[[int], Any],
    executor: Any,
) -> None:
    monkeypatch.setitem(globals(), "_provider", recorded.tracers)
    await Pipeline([Stage("Work", 3, [task], executor=executor)]).run(range(9))
    tasks = {span.context.span_id for span in recorded.spans(f"antflow.task.{task.__name__}")}
    parents = {span.parent.span_id for span in recorded.spans("http") if span.parent}
    assert len(tasks) == 9
    assert parents == tasks


async def test_failures_and_retries_show_in_spans_and_counters(recorded: Recorded) -> None:
    stage = Stage("Fetch", 2, [fail], task_attempts=3, task_wait_seconds=0.0)
    await Pipeline([stage]).run([1, 2])
    tasks = recorded.spans("antflow.task.fail")
    attempts = [(span.attributes or {})["antflow.task.attempt"] for span in tasks]
    assert sorted(attempts) == [1, 1, 2, 2, 3, 3]
    for span in [*tasks, *recorded.spans("antflow.stage.Fetch")]:
        assert span.status.status_code is StatusCode.ERROR
        assert (span.status.description or "").startswith("no such page: ")
        assert [event.name for event in span.events] == ["exception"]
    assert recorded.total("antflow.pipeline.items.retried") == 4
    assert recorded.total("antflow.pipeline.items.failed") == 2
    assert recorded.total("antflow.pipeline.items.processed") == 0


async def test_per_stage_attempts_are_numbered_too(recorded: Recorded) -> None:
    stage = Stage("Fetch", 1, [fail], retry="per_stage", stage_attempts=2)
    await Pipeline([stage]).run([1])
    tasks = recorded.spans("antflow.task.fail")
    assert [(span.attributes or {})["antflow.task.attempt"] for span in tasks] == [1, 2]
    assert recorded.total("antflow.pipeline.items.retried") == 1


async def test_a_timeout_is_an_error(recorded: Recorded) -> None:
    async def hang(value: int) -> None:
        await asyncio.Event().wait()

    await Pipeline([Stage("Fetch", 1, [hang], task_attempts=1, timeout=0.01)]).run([1])
    task = recorded.span("antflow.task.hang")
    assert task.status.status_code is StatusCode.ERROR
    (point,) = recorded.points("antflow.task.duration")
    assert point.attributes["error.type"] == "TimeoutError"


async def test_fed_items_belong_to_their_feeders_span(recorded: Recorded) -> None:
    tracer = recorded.tracers.get_tracer("app")
    async with Pipeline([Stage("Fetch", 1, [fetch])]) as pipeline:
        await pipeline.start()
        for number in range(2):
            with tracer.start_as_current_span(f"request {number}"):
                await pipeline.feed([number])
        await pipeline.join()
    parents = [recorded.parent(span).name for span in recorded.spans("antflow.stage.Fetch")]
    assert parents == ["request 0", "request 1"]


async def test_a_stream_leaves_its_consumers_span_alone(
    recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline = Pipeline([Stage("Fetch", 2, [fetch])])
    with recorded.tracers.get_tracer("app").start_as_current_span("request") as request:
        async for result in pipeline.stream(range(100)):
            assert trace.get_current_span() is request
            if result.value == 10:
                break
        await pipeline.shutdown()
    run = recorded.span("antflow.pipeline.run")
    assert recorded.parent(run).name == "request"
    assert not [record for record in caplog.records if record.name.startswith("opentelemetry")]


async def test_a_cancelled_run_ends_its_spans_and_blames_nobody(
    recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    started = asyncio.Semaphore(0)

    async def hang(value: int) -> None:
        started.release()
        await asyncio.Event().wait()

    run = asyncio.create_task(Pipeline([Stage("Fetch", 2, [hang])]).run(range(2)))
    await started.acquire()
    await started.acquire()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    spans = recorded.spans()
    assert len(spans) == 5
    assert all(span.status.status_code is StatusCode.UNSET for span in spans)
    assert all((span.attributes or {})["antflow.cancelled"] for span in spans)
    assert not [record for record in caplog.records if record.name.startswith("opentelemetry")]


async def test_each_run_asks_anew_whether_to_trace(recorded: Recorded) -> None:
    pipeline = Pipeline([Stage("Fetch", 1, [fetch])])
    configure_telemetry(False)
    assert [result.value for result in await pipeline.run([1])] == [2]
    assert recorded.spans() == []
    configure_telemetry(True, tracer_provider=recorded.tracers)
    await pipeline.run([1])
    assert recorded.span("antflow.pipeline.run")
