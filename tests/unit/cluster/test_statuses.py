"""Celery's events as status events."""

from __future__ import annotations

import pytest

from antflow.cluster.statuses import status_event


@pytest.mark.parametrize("text", ["KeyError('x')", "<class 'KeyError'>"])
def test_a_failure_tells_the_class_that_failures_are_grouped_by(text: str) -> None:
    told = {"type": "task-failed", "uuid": "a", "timestamp": 1.0, "exception": text}
    event = status_event(told, {})
    assert event is not None
    assert event.metadata["error_type"] == "KeyError"
