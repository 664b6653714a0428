"""What workers did of late, from a cluster's tasks."""

from __future__ import annotations

from antflow.cluster.spans import OLD_IN_A_ROW, recent_spans
from antflow.cluster.state import TaskRecord
from antflow.source import newest_spans

NOW = 1_000_000.0


def ended(name: str, at: float, worker: str = "good") -> TaskRecord:
    record = TaskRecord(name, state="SUCCESS", worker=worker, started=at - 1, succeeded=at)
    record.timestamp = at
    return record


def test_a_worker_whose_clock_is_slow_hides_no_other_worker_s_tasks() -> None:
    tasks = [ended("b", NOW), ended("slow", NOW - 500, "slow"), ended("a", NOW - 1)]
    told = newest_spans(recent_spans(tasks, NOW - 60), NOW - 60, None, 100)
    assert [span.id for span in told.spans] == ["b", "a"]


def test_the_search_ends_where_many_in_a_row_ended_too_early() -> None:
    tasks = (ended(str(number), NOW - 500) for number in range(10 * OLD_IN_A_ROW))
    assert len(list(recent_spans(tasks, NOW - 60))) == OLD_IN_A_ROW
