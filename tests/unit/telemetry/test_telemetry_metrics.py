"""The counters of items and the histogram of durations."""

from __future__ import annotations

from typing import Any

import pytest
from fake_engine import FakeEngine
from memory_sdk import Recorded

from antflow import hooks


async def even(value: int) -> int:
    if value % 2:
        raise ValueError("odd")
    return value


async def test_processed_items_are_counted(recorded: Recorded) -> None:
    await FakeEngine(("Check", even)).run([0, 1, 2, 3, 4])
    assert recorded.total("antflow.pipeline.items.processed") == 3


async def test_failed_items_are_counted_by_stage_and_type(recorded: Recorded) -> None:
    await FakeEngine(("Check", even)).run([0, 1, 2, 3, 4])
    (point,) = recorded.points("antflow.pipeline.items.failed")
    assert point.value == 2
    assert point.attributes == {"antflow.stage.name": "Check", "error.type": "ValueError"}


async def test_retries_are_counted(recorded: Recorded) -> None:
    await FakeEngine(("Check", even), attempts=3).run([1])
    assert recorded.total("antflow.pipeline.items.retried") == 2
    assert recorded.total("antflow.pipeline.items.failed") == 1


async def test_durations_are_measured_in_seconds_by_task(recorded: Recorded) -> None:
    await FakeEngine(("Check", even)).run([0, 2])
    (point,) = recorded.points("antflow.task.duration")
    assert point.count == 2
    assert 0 <= point.sum < 60
    assert point.explicit_bounds[0] == 0.001
    assert point.attributes == {"antflow.task.name": "even", "antflow.stage.name": "Check"}


async def test_durations_of_failed_attempts_carry_the_errors_type(recorded: Recorded) -> None:
    await FakeEngine(("Check", even)).run([1])
    (point,) = recorded.points("antflow.task.duration")
    assert point.attributes["error.type"] == "ValueError"


async def test_a_duration_belongs_to_its_tasks_span(recorded: Recorded) -> None:
    """An exemplar leads from the histogram to the trace."""
    await FakeEngine(("Check", even)).run([0])
    (point,) = recorded.points("antflow.task.duration")
    task = recorded.span("antflow.task.even")
    assert [exemplar.span_id for exemplar in point.exemplars] == [task.context.span_id]


def test_a_broken_meter_breaks_nothing(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("no meter")

    monkeypatch.setattr("antflow.telemetry.spans._reported", set())
    hook = hooks.current()
    assert hook is not None
    for instrument in ("_processed", "_failed", "_duration"):
        monkeypatch.setattr(getattr(hook, instrument), "add", broken, raising=False)
        monkeypatch.setattr(getattr(hook, instrument), "record", broken, raising=False)
    hook.item_processed()
    hook.item_failed("Check", ValueError())
    with hook.task("even", 1):
        pass
    assert len(caplog.records) == 2
    assert recorded.total("antflow.pipeline.items.processed") == 0
