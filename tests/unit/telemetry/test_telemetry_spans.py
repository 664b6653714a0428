"""Which spans a run gives, how they hang together, and how they end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fake_engine import FakeEngine
from memory_sdk import Recorded
from opentelemetry import baggage, context, trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.trace import StatusCode

from antflow import hooks
from antflow.hooks import WorkHook
from antflow.telemetry import configure_telemetry


def parent_id(span: ReadableSpan) -> int | None:
    return span.parent.span_id if span.parent else None


def span_id(span: ReadableSpan) -> int:
    found = span.get_span_context()
    assert found is not None
    return found.span_id


def the_hook() -> WorkHook:
    hook = hooks.current()
    assert hook is not None
    return hook


async def fetch(value: Any) -> Any:
    await asyncio.sleep(0)
    return value


async def fail(value: Any) -> Any:
    await asyncio.sleep(0)
    raise ValueError(f"no such page: {value}")


async def test_the_run_span_says_how_many_items_and_stages(recorded: Recorded) -> None:
    await FakeEngine(("Fetch", fetch), ("Parse", fetch)).run([1, 2, 3])
    run = recorded.span("antflow.pipeline.run")
    assert run.attributes == {"antflow.pipeline.stages": 2, "antflow.pipeline.total_items": 3}
    assert run.status.status_code is StatusCode.UNSET


async def test_an_unsized_run_has_no_total(recorded: Recorded) -> None:
    with the_hook().run(1, None):
        pass
    assert recorded.span("antflow.pipeline.run").attributes == {"antflow.pipeline.stages": 1}


async def test_stage_spans_are_children_of_the_run_and_task_spans_theirs(
    recorded: Recorded,
) -> None:
    await FakeEngine(("Fetch", fetch)).run([1, 2, 3])
    run = recorded.span("antflow.pipeline.run")
    stages = recorded.spans("antflow.stage.Fetch")
    tasks = recorded.spans("antflow.task.fetch")
    assert [parent_id(stage) for stage in stages] == [span_id(run)] * 3
    assert {parent_id(task) for task in tasks} == {span_id(stage) for stage in stages}
    assert stages[0].attributes == {"antflow.stage.name": "Fetch"}
    assert tasks[0].attributes == {"antflow.task.name": "fetch", "antflow.task.attempt": 1}


async def test_the_run_span_is_a_child_of_the_callers_span(recorded: Recorded) -> None:
    with recorded.tracers.get_tracer("app").start_as_current_span("request"):
        await FakeEngine(("Fetch", fetch)).run([1])
    run = recorded.span("antflow.pipeline.run")
    assert parent_id(run) == span_id(recorded.span("request"))


async def test_a_span_of_the_tasks_own_is_a_child_of_its_task_span(recorded: Recorded) -> None:
    tracer = recorded.tracers.get_tracer("app")

    async def call(value: int) -> int:
        await asyncio.sleep(0)
        with tracer.start_as_current_span(f"http {value}"):
            await asyncio.sleep(0)
        return value

    await FakeEngine(("Fetch", call)).run(list(range(10)), workers=5)
    tasks = {span_id(span) for span in recorded.spans("antflow.task.call")}
    parents = {parent_id(recorded.span(f"http {number}")) for number in range(10)}
    assert len(tasks) == 10
    assert parents == tasks


async def test_a_span_of_a_task_on_a_thread_is_a_child_of_its_task_span(
    recorded: Recorded,
) -> None:
    tracer = recorded.tracers.get_tracer("app")

    def call(value: int) -> int:
        with tracer.start_as_current_span("http"):
            return value

    await FakeEngine(("Fetch", call)).run([1])
    task = recorded.span("antflow.task.call")
    assert parent_id(recorded.span("http")) == span_id(task)


async def test_items_fed_one_by_one_belong_to_their_feeders_span(recorded: Recorded) -> None:
    """A worker that was there first keeps no feeder's span for the next item."""
    tracer = recorded.tracers.get_tracer("app")
    engine = FakeEngine(("Fetch", fetch))
    carriers = []
    for number in range(2):
        with tracer.start_as_current_span(f"request {number}"):
            carriers.append(engine.carrier())
    carriers.append(engine.carrier())
    for carrier in carriers:
        await engine.work(carrier, "page")
    parents = [parent_id(span) for span in recorded.spans("antflow.stage.Fetch")]
    requests = [span_id(recorded.span(f"request {number}")) for number in range(2)]
    assert parents == [*requests, None]


async def test_baggage_of_the_feeder_reaches_the_task(recorded: Recorded) -> None:
    seen = []

    async def look(value: Any) -> Any:
        seen.append(baggage.get_baggage("tenant"))

    engine = FakeEngine(("Look", look))
    token = context.attach(baggage.set_baggage("tenant", "blue"))
    carrier = engine.carrier()
    context.detach(token)
    await engine.work(carrier, None)
    assert seen == ["blue"]


async def test_a_failure_fails_its_task_and_stage_but_not_the_run(recorded: Recorded) -> None:
    await FakeEngine(("Fetch", fail)).run(["a"])
    for name in ("antflow.task.fail", "antflow.stage.Fetch"):
        span = recorded.span(name)
        assert span.status.status_code is StatusCode.ERROR
        assert span.status.description == "no such page: a"
        (event,) = span.events
        assert event.name == "exception"
        assert event.attributes is not None
        assert event.attributes["exception.type"] == "ValueError"
        assert event.attributes["exception.message"] == "no such page: a"
    run = recorded.span("antflow.pipeline.run")
    assert run.status.status_code is StatusCode.UNSET


async def test_each_attempt_has_spans_of_its_own(recorded: Recorded) -> None:
    calls = []

    async def flaky(value: Any) -> Any:
        calls.append(value)
        if len(calls) < 3:
            raise OSError("busy")
        return value

    await FakeEngine(("Fetch", flaky), attempts=3).run(["a"])
    tasks = recorded.spans("antflow.task.flaky")
    assert [(span.attributes or {})["antflow.task.attempt"] for span in tasks] == [1, 2, 3]
    assert [span.status.status_code.name for span in tasks] == ["ERROR", "ERROR", "UNSET"]
    stages = recorded.spans("antflow.stage.Fetch")
    assert [parent_id(span) for span in tasks] == [span_id(stage) for stage in stages]
    assert [span.status.status_code.name for span in stages] == ["ERROR", "ERROR", "UNSET"]


async def test_a_failed_run_has_the_error(recorded: Recorded) -> None:
    with pytest.raises(OSError, match="the source broke"), the_hook().run(1, 1):
        raise OSError("the source broke")
    assert recorded.span("antflow.pipeline.run").status.description == "the source broke"


@pytest.mark.parametrize("error", [SystemExit(3), asyncio.CancelledError("mine"), MemoryError()])
async def test_a_task_that_raises_by_itself_has_failed_whatever_it_raises(
    recorded: Recorded, error: BaseException
) -> None:
    with pytest.raises(type(error)), the_hook().task("odd", 1):
        raise error
    span = recorded.span("antflow.task.odd")
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == (str(error) or type(error).__name__)


async def test_cancelling_ends_every_span_without_calling_it_an_error(
    recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    started = asyncio.Semaphore(0)

    async def hang(value: Any) -> Any:
        started.release()
        await asyncio.Event().wait()

    run = asyncio.create_task(FakeEngine(("Fetch", hang)).run([1, 2], workers=2))
    await started.acquire()
    await started.acquire()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    spans = recorded.spans()
    assert [span.name for span in spans].count("antflow.task.hang") == 2
    assert len(spans) == 5
    assert all(span.status.status_code is StatusCode.UNSET for span in spans)
    assert all((span.attributes or {})["antflow.cancelled"] for span in spans)
    assert not caplog.records


async def test_interleaved_runs_keep_their_spans_apart(
    recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    first = FakeEngine(("First", fetch)).run([1, 2, 3])
    second = FakeEngine(("Second", fetch)).run([1, 2, 3])
    await asyncio.gather(first, second)
    runs = {
        recorded.spans(f"antflow.stage.{name}")[0].context.trace_id: {
            parent_id(span) for span in recorded.spans(f"antflow.stage.{name}")
        }
        for name in ("First", "Second")
    }
    assert len(runs) == 2
    assert all(len(parents) == 1 for parents in runs.values())
    assert not caplog.records


async def test_nothing_stays_current_after_a_run(recorded: Recorded) -> None:
    before = context.get_current()
    await FakeEngine(("Fetch", fail)).run([1])
    assert context.get_current() is before
    assert recorded.spans()


async def test_a_context_that_a_task_leaves_attached_does_not_outlive_its_span(
    recorded: Recorded,
) -> None:
    async def leaky(value: Any) -> Any:
        context.attach(context.set_value("mine", value))
        raise OSError

    hook = the_hook()
    with hook.stage(hook.carrier(), "Fetch"):
        for attempt in (1, 2):
            with pytest.raises(OSError), hook.task("leaky", attempt):
                await leaky(attempt)
            assert context.get_value("mine") is None
    stage = recorded.span("antflow.stage.Fetch")
    tasks = recorded.spans("antflow.task.leaky")
    assert [parent_id(span) for span in tasks] == [span_id(stage)] * 2


async def test_a_span_may_be_left_in_another_task(
    recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    """As an async generator that was entered in one task and is closed from another."""

    async def stream() -> AsyncIterator[int]:
        with the_hook().run(1, None):
            yield 1

    results = stream()
    assert await asyncio.create_task(anext(results)) == 1
    mine = trace.get_current_span()
    await results.aclose()
    assert trace.get_current_span() is mine
    assert recorded.span("antflow.pipeline.run").status.status_code is StatusCode.UNSET
    assert not caplog.records


async def test_an_error_without_a_readable_text_fails_its_span_all_the_same(
    recorded: Recorded,
) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text")

    with pytest.raises(Mute), the_hook().task("odd", 1):
        raise Mute
    span = recorded.span("antflow.task.odd")
    assert span.status.description == "Mute"
    assert [event.name for event in span.events] == ["exception"]


async def test_a_broken_sdk_costs_no_item_and_is_logged_once(
    recorded: Recorded, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(SpanProcessor):
        def on_end(self, span: ReadableSpan) -> None:
            raise RuntimeError("disk full")

    monkeypatch.setattr("antflow.telemetry.spans._reported", set())
    recorded.tracers.add_span_processor(Broken())
    results = await FakeEngine(("Fetch", fetch)).run([1, 2, 3])
    assert sorted(results) == [1, 2, 3]
    messages = [r for r in caplog.records if r.levelno >= logging.ERROR]
    assert [record.name for record in messages] == ["antflow"]


async def test_an_executors_task_has_a_span(recorded: Recorded) -> None:
    with the_hook().executor_task(worker_id=1, task_id=7):
        assert trace.get_current_span().is_recording()
    span = recorded.span("antflow.executor.task")
    assert span.attributes == {"antflow.executor.worker_id": 1, "antflow.executor.task_id": 7}


async def test_off_means_no_span(recorded: Recorded) -> None:
    configure_telemetry(False)
    assert await FakeEngine(("Fetch", fetch)).run([1]) == [1]
    assert recorded.spans() == []
