"""The text that ends a demo."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pytest

from antflow.demo.findings import Findings, LargeFunction, Totals
from antflow.demo.report import (
    Outcome,
    StageTime,
    bottleneck,
    failures_section,
    findings_sections,
    run_section,
    stage_times,
    stages_section,
    traceback_section,
)
from antflow.types import DashboardSnapshot, ErrorSummary, FailedItem, PipelineStats, WorkerMetrics


def metrics(stage: str, number: int, processed: int, seconds: float) -> WorkerMetrics:
    return WorkerMetrics(f"{stage}-W{number}", stage, processed, 0, seconds)


def failure(item_id: str, error: BaseException) -> FailedItem:
    return FailedItem(item_id, str(error), type(error).__name__, "Parse", 1, 0.0, error)


def snapshot(
    *failures: FailedItem,
    processed: int = 0,
    cancelled: int = 0,
    workers: Sequence[WorkerMetrics] = (),
) -> DashboardSnapshot:
    kinds = [item.error_type for item in failures]
    summary = ErrorSummary(
        len(failures), {kind: kinds.count(kind) for kind in kinds}, {}, list(failures)
    )
    stats = PipelineStats(processed, len(failures), 0, {}, {}, items_cancelled=cancelled)
    return DashboardSnapshot({}, {each.worker_name: each for each in workers}, stats, summary, 0.0)


def outcome(state: DashboardSnapshot, elapsed: float, lines: int = 0) -> Outcome:
    return Outcome(state, elapsed, lines, rate=None, interrupted=False)


def test_times_add_up_over_the_workers_of_a_stage_in_order() -> None:
    times = stage_times(
        [metrics("Read", 0, 3, 1.0), metrics("Read", 1, 1, 2.0), metrics("Parse", 0, 4, 4.0)],
        elapsed=5.0,
    )
    assert times == [StageTime("Read", 2, 4, 3.0, 0.3), StageTime("Parse", 1, 4, 4.0, 0.8)]
    assert times[0].each == 0.75


def test_a_stage_that_saw_nothing_has_no_time_per_item() -> None:
    (time,) = stage_times([metrics("Read", 0, 0, 0.0)], elapsed=0.0)
    assert (time.each, time.load) == (0.0, 0.0)


def test_the_bottleneck_is_the_stage_with_the_busiest_workers() -> None:
    times = [StageTime("Read", 8, 10, 4.0, 0.1), StageTime("Parse", 2, 10, 3.0, 0.9)]
    assert bottleneck(times, rate=None).startswith("Parse: its workers were busy 90%")


def test_a_rate_is_the_bottleneck_while_the_workers_have_time() -> None:
    times = [StageTime("Read", 8, 10, 4.0, 0.1), StageTime("Parse", 2, 10, 3.0, 0.4)]
    text = bottleneck(times, rate=30)
    assert text.startswith("the rate of 30/s; the busiest stage is Parse")
    assert bottleneck([StageTime("Parse", 2, 10, 3.0, 0.95)], rate=30).startswith("Parse")


def test_nothing_is_no_bottleneck() -> None:
    assert bottleneck([], None) == bottleneck([StageTime("Read", 1, 0, 0, 0)], None)


def test_the_run_says_how_many_and_how_fast() -> None:
    section = run_section(
        outcome(snapshot(failure("a", ValueError()), processed=1999), 4.0, lines=800_000)
    )
    text = "\n".join(section.lines)
    assert "2,000 files in 4.0 s: 500 files/s, 200,000 lines/s" in text
    assert "1,999 stored, 1 failed" in text
    assert "cancelled" not in text


def test_the_run_says_what_was_cancelled() -> None:
    assert "7 cancelled" in run_section(outcome(snapshot(cancelled=7), 0.0)).lines[1]


def test_stages_have_a_line_each() -> None:
    section = stages_section(outcome(snapshot(workers=[metrics("Parse", 0, 1000, 3.0)]), 4.0))
    assert section.lines[1].split() == ["Parse", "1", "1,000", "3.00", "ms", "3.00", "s", "75%"]


def test_the_run_names_its_bottleneck() -> None:
    section = run_section(outcome(snapshot(workers=[metrics("Parse", 0, 10, 3.0)]), 4.0))
    assert "bottleneck: Parse: its workers were busy 75% of the time" in section.lines


@pytest.mark.parametrize(
    ("gil", "rate", "said"), [(True, None, 1), (True, 9.0, 0), (False, None, 0)]
)
def test_the_run_at_full_speed_says_where_threads_wait_for_each_other(
    monkeypatch: pytest.MonkeyPatch, gil: bool, rate: float | None, said: int
) -> None:
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: gil, raising=False)
    section = run_section(Outcome(snapshot(), 1.0, 0, rate, interrupted=False))
    assert sum("GIL" in line for line in section.lines) == said


def test_failures_are_counted_by_type_most_first_with_the_newest_named() -> None:
    section = failures_section(
        snapshot(
            failure("mode.py", ValueError("wrong mode")),
            failure("old.py", SyntaxError("old")),
            failure("new.py", SyntaxError("new", ("new.py", 7, 1, "x"))),
        ),
        examples=1,
    )
    assert section.title == "Failures: 3"
    assert section.lines == [
        "SyntaxError: 2",
        "  new.py:7  new",
        "  … and 1 more",
        "ValueError: 1",
        "  mode.py  wrong mode",
    ]


def test_a_syntax_error_without_a_line_is_named_by_its_file() -> None:
    section = failures_section(
        snapshot(failure("nul.py", SyntaxError("null bytes", ("x", 0, 0, ""))))
    )
    assert section.lines[1] == "  nul.py  null bytes"


def test_no_failures_are_said_so() -> None:
    assert failures_section(snapshot()).lines == ["none"]
    assert traceback_section(snapshot()).lines == ["nothing failed"]


def test_the_traceback_is_that_of_the_newest_failure() -> None:
    section = traceback_section(snapshot(failure("a", ValueError("x")), failure("b", OSError("y"))))
    assert section.title == "Traceback of b"
    assert section.lines[-1] == "OSError: y"


def test_findings_name_functions_with_their_place_and_modules_with_their_count() -> None:
    totals = Totals(2, 3000, 4_000_000, 5, 60)
    large = LargeFunction("os.py", "walk", 300, 120, 25)
    sections = findings_sections(Findings(totals, [large], [large], [("sys", 900)]))
    text = "\n".join(line for section in sections for line in section.lines)
    assert "2 modules, 3,000 lines, 4.0 MB, 5 classes, 60 functions" in text
    assert "120 lines  walk  os.py:300" in text
    assert "complexity  25  walk  os.py:300" in text
    assert "900 modules import sys" in text
