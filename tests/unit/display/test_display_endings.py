"""What stays on the screen when a run is over."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from antflow.display import (
    BaseDashboard,
    CompactDashboard,
    DetailedDashboard,
    FullDashboard,
)
from antflow.types import DashboardSnapshot, ErrorSummary, FailedItem

Snapshots = Callable[..., DashboardSnapshot]


@pytest.fixture
def ending(pipeline_of: Callable[..., Any]) -> Callable[..., str]:
    """`ending(display, last snapshot, total)`: what a pipe shows after the run."""

    def end(
        display: BaseDashboard, last: DashboardSnapshot | None, total: int | None = None
    ) -> str:
        out = io.StringIO()
        display.console = Console(file=out, width=100)
        display.on_start(pipeline_of(dict.fromkeys(("Fetch", "Save"), 50)), total)
        if last is not None:
            display.on_update(last)
        before = len(out.getvalue())
        display.on_finish([], last.error_summary if last else ErrorSummary())
        return out.getvalue()[before:]

    return end


def _stages(done: int, failed: int = 0) -> dict[str, dict[str, Any]]:
    fetch = {"done": done + failed, "task_seconds": (done + failed) * 0.05}
    return {"Fetch": fetch, "Save": {"done": done, "failed": failed, "task_seconds": done * 0.02}}


def test_the_outcome_and_the_throughput(
    display: type[BaseDashboard], snapshot: Snapshots, ending: Callable[..., str]
) -> None:
    text = ending(display(), snapshot(20, _stages(400)), total=400)
    assert text.startswith("✓ finished · 400/400 in 20.0 s · 20.0/s")


@pytest.mark.parametrize("display", [CompactDashboard, DetailedDashboard, FullDashboard])
def test_the_time_of_each_stage(
    display: type[BaseDashboard], snapshot: Snapshots, ending: Callable[..., str]
) -> None:
    lines = ending(display(), snapshot(20, _stages(400)), total=400).splitlines()
    assert lines[2].split() == ["Fetch", "400", "0", "50", "ms", "50%"]
    assert lines[3].split() == ["Save", "400", "0", "20", "ms", "20%"]


def test_failures_by_type(
    display: type[BaseDashboard],
    snapshot: Snapshots,
    failure: Callable[..., FailedItem],
    ending: Callable[..., str],
) -> None:
    failures = [failure(1, stage="Save"), failure(2, kind="OSError", stage="Save")]
    text = ending(display(), snapshot(20, _stages(8, 2), failures), total=10)
    assert "2 failed" in text
    assert "OSError 1, ValueError 1 · in Save 2" in text


@pytest.mark.parametrize("display", [DetailedDashboard, FullDashboard])
def test_the_newest_failures_are_told(
    display: type[BaseDashboard],
    snapshot: Snapshots,
    failure: Callable[..., FailedItem],
    ending: Callable[..., str],
) -> None:
    failures = [failure(number, f"no {number}", stage="Save") for number in range(5)]
    text = ending(display(), snapshot(20, _stages(5, 5), failures), total=10)
    assert "item 4 in Save: ValueError: no 4 (3 attempts)" in text
    assert "no 1" not in text


def test_a_run_that_was_stopped_says_how_far_it_came(
    display: type[BaseDashboard], snapshot: Snapshots, ending: Callable[..., str]
) -> None:
    last = snapshot(20, _stages(100), cancelled=30)
    assert ending(display(), last, total=400).startswith(
        "■ stopped · 100/400 in 20.0 s · 5.0/s · 30 cancelled"
    )


def test_a_run_whose_items_all_failed_is_no_success(
    display: type[BaseDashboard],
    snapshot: Snapshots,
    failure: Callable[..., FailedItem],
    ending: Callable[..., str],
) -> None:
    last = snapshot(20, _stages(0, 2), [failure(1), failure(2)])
    assert ending(display(), last, total=2).startswith("✗ all failed · 2/2")


def test_a_run_of_no_items(
    display: type[BaseDashboard], snapshot: Snapshots, ending: Callable[..., str]
) -> None:
    assert ending(display(), snapshot(0), total=0).startswith("✓ finished · 0/0")


def test_a_run_that_ended_before_its_first_update(
    display: type[BaseDashboard], ending: Callable[..., str]
) -> None:
    assert "0/4" in ending(display(), None, total=4)


def test_finishing_twice_or_without_a_start_prints_nothing_more(
    display: type[BaseDashboard], ending: Callable[..., str], snapshot: Snapshots
) -> None:
    shown = display()
    shown.on_finish([], ErrorSummary())
    text = ending(shown, snapshot(20, _stages(4)), total=4)
    shown.on_finish([], ErrorSummary())
    assert shown.console is not None
    assert shown.console.file.getvalue().endswith(text)  # type: ignore[attr-defined]
