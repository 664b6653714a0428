"""What workers did of late, as sources tell it."""

from __future__ import annotations

from collections.abc import Iterator

from antflow.source import Span, newest_spans
from antflow.source.spans import EXAMINED


def tasks(count: int) -> Iterator[list[Span]]:
    """Newest first: task 0 ended at 1,000,000, each one before a second earlier."""
    for number in range(count):
        ended = 1_000_000.0 - number
        yield [Span(f"W{number % 2}", str(number), "job", ended - 0.5, ended)]


def test_what_ended_before_is_left_out() -> None:
    told = newest_spans(tasks(100), 999_991.0, None, 1_000)
    assert told.since == 999_991.0
    assert [span.id for span in told.spans] == [str(number) for number in range(10)]


def test_one_worker_is_told_of_alone() -> None:
    told = newest_spans(tasks(10), 0.0, "W1", 1_000)
    assert [span.id for span in told.spans] == ["1", "3", "5", "7", "9"]


def test_an_answer_that_is_cut_says_since_when_it_is_whole() -> None:
    told = newest_spans(tasks(100), 0.0, None, 10)
    assert len(told.spans) == 10
    assert told.since == 1_000_000.0 - 10


def test_a_search_for_one_worker_ends_though_nothing_is_found() -> None:
    told = newest_spans(tasks(10 * EXAMINED), 0.0, "nobody", 10)
    assert told.spans == []
    assert told.since == 1_000_000.0 - EXAMINED


def test_a_task_that_has_not_ended_does_not_count() -> None:
    waiting: list[list[Span]] = [[] for _ in range(2 * EXAMINED)]
    told = newest_spans([*waiting, *tasks(3)], 0.0, None, 10)
    assert (len(told.spans), told.since) == (3, 0.0)
