"""What each display shows: is it healthy, when is it done, where is it stuck, what failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from antflow.display import (
    BaseDashboard,
    CompactDashboard,
    DetailedDashboard,
    FullDashboard,
    ProgressDisplay,
)
from antflow.types import DashboardSnapshot, FailedItem

Snapshots = Callable[..., DashboardSnapshot]
Shown = Callable[..., str]
DASHBOARDS = [CompactDashboard, DetailedDashboard, FullDashboard]
TABLES = [DetailedDashboard, FullDashboard]


@pytest.fixture
def run(snapshot: Snapshots, failure: Callable[..., FailedItem]) -> list[DashboardSnapshot]:
    """Ten seconds: Parse holds Fetch up; 40 items a second; three fail."""
    failures = [
        failure(11, "no route", "OSError", "Fetch", at=4),
        failure(12, "bad page", "ValueError", "Parse", at=5),
        failure(13, "bad date", "ValueError", "Parse", at=9),
    ]

    def at(second: int) -> DashboardSnapshot:
        done = second * 40
        fetch = {"workers": 10, "busy": 10, "held": {"room": 4}, "done": done + 45, "queued": 20}
        parse = {"workers": 5, "busy": 5, "queued": 45, "done": done, "task_seconds": second * 4}
        save = {"workers": 5, "busy": 1, "done": done, "retrying": 2}
        stages = {"Fetch": fetch, "Parse": parse, "Save": save}
        known = [failed for failed in failures if failed.timestamp <= 1_000_000 + second]
        return snapshot(second, stages, known, processed=done - len(known), in_flight=80)

    return [at(second) for second in range(11)]


def test_percent_counts_pace_and_time_left(
    display: type[BaseDashboard], run: list[DashboardSnapshot], shown: Shown
) -> None:
    text = shown(display(), run, total=1_000)
    for part in ("40%", "400/1,000", "40.0/s", "0:15 left", "0:10 elapsed", "3 failed"):
        assert part in text


def test_an_unsized_source_has_counts_and_no_time_left(
    display: type[BaseDashboard], run: list[DashboardSnapshot], shown: Shown
) -> None:
    text = shown(display(), run, total=None)
    assert "400 items" in text
    assert "40.0/s" in text
    assert "left" not in text
    assert "%" not in text.splitlines()[0]


@pytest.mark.parametrize("display", DASHBOARDS)
def test_the_bottleneck_is_named_with_its_reason(
    display: type[BaseDashboard], run: list[DashboardSnapshot], shown: Shown
) -> None:
    text = shown(display(), run, total=1_000)
    assert "Parse sets the pace: 5/5 workers busy, queue 45/50, Fetch waits for room" in text


@pytest.mark.parametrize("display", DASHBOARDS)
def test_failures_by_type_and_stage(
    display: type[BaseDashboard], run: list[DashboardSnapshot], shown: Shown
) -> None:
    text = shown(display(), run, total=1_000)
    assert "ValueError 2, OSError 1 · in Parse 2, Fetch 1" in text


@pytest.mark.parametrize("display", DASHBOARDS)
def test_items_that_wait_for_their_retry(
    display: type[BaseDashboard], run: list[DashboardSnapshot], shown: Shown
) -> None:
    assert "2 waiting for retry" in shown(display(), run, total=1_000)


def test_the_compact_flow_of_queues_and_workers(run: list[DashboardSnapshot], shown: Shown) -> None:
    text = shown(CompactDashboard(), run, total=1_000)
    assert "20 ▸ Fetch 10/10 ▸ 45 ▸ Parse 5/5 ▸ 0 ▸ Save 1/5" in text


@pytest.mark.parametrize("display", TABLES)
def test_a_row_for_each_stage(
    display: type[BaseDashboard], run: list[DashboardSnapshot], shown: Shown
) -> None:
    rows = {line.split()[1]: line.split() for line in shown(display(), run).splitlines()[3:7]}
    assert rows["Parse"][3:] == "45/50 5/5 0 0 400 0 40.0/s 100 ms 80%".split()


@pytest.mark.parametrize("display", TABLES)
def test_the_newest_failures_with_their_text(
    display: type[BaseDashboard], run: list[DashboardSnapshot], shown: Shown
) -> None:
    text = shown(display(), run, total=1_000)
    assert text.index("ValueError: bad date") < text.index("OSError: no route")


def test_failures_of_an_earlier_run_are_not_shown(
    snapshot: Snapshots, failure: Callable[..., FailedItem], shown: Shown
) -> None:
    old = failure(error="long ago", at=-60)
    first = snapshot(0, failures=[old])
    text = shown(DetailedDashboard(), [first, snapshot(1, failures=[old, failure(error="new")])])
    assert "long ago" not in text
    assert "new" in text


def test_the_full_display_tells_what_each_worker_does(snapshot: Snapshots, shown: Shown) -> None:
    stages = {"Fetch": {"workers": 3, "busy": 2, "held": {"room": 1}, "item": "page-7"}}
    lines = shown(FullDashboard(), [snapshot(5, stages)]).splitlines()
    rows = {line.split()[0]: line for line in lines if line.strip().startswith("Fetch-W")}
    assert "waits for room  page-7" in rows["Fetch-W0"]
    assert "busy" in rows["Fetch-W1"]
    assert "1.0 s" in rows["Fetch-W1"]
    assert "idle" in rows["Fetch-W2"]


def test_the_full_display_shows_at_most_so_many_workers_the_longest_busy_first(
    snapshot: Snapshots, shown: Shown
) -> None:
    stages = {"Fetch": {"workers": 200, "busy": 150}}
    text = shown(FullDashboard(max_items_shown=4), [snapshot(5, stages)])
    rows = [line.split()[0] for line in text.splitlines() if "Fetch-W" in line]
    assert rows == ["Fetch-W149", "Fetch-W148", "Fetch-W147", "Fetch-W146"]


@pytest.mark.parametrize("size", [(100, 30), (80, 24), (40, 12), (200, 60)])
def test_many_stages_and_workers_fit_the_screen(
    display: type[BaseDashboard],
    size: tuple[int, int],
    snapshot: Snapshots,
    failure: Callable[..., FailedItem],
    shown: Shown,
) -> None:
    """12 stages, 200 workers, 1,000 failures, counts of millions."""
    failures = [failure(number, "x" * 300, at=2) for number in range(1_000)]
    stage = {"workers": 17, "busy": 17, "queued": 170, "done": 12_345_678, "held": {"rate": 9}}
    stages: dict[str, Any] = {f"A-rather-long-stage-name-{n}": stage for n in range(12)}
    update = snapshot(3, stages, failures, processed=12_345_678, in_flight=4_000)
    text = shown(display(), [update], total=99_999_999, width=size[0], height=size[1])
    lines = text.rstrip().splitlines()
    assert len(lines) <= size[1] - 1
    assert max(len(line) for line in lines) <= size[0]


@pytest.mark.parametrize("display", TABLES)
def test_stages_that_do_not_fit_give_way_to_the_busier_ones(
    display: type[BaseDashboard], snapshot: Snapshots, shown: Shown
) -> None:
    stages: dict[str, Any] = {f"S{number}": {} for number in range(30)}
    stages["S20"] = {"busy": 2, "queued": 50}
    text = shown(display(), [snapshot(0, stages, in_flight=52)], height=16)
    assert "S20" in text
    assert "quieter ones" in text


def test_zero_items_are_all_done(
    display: type[BaseDashboard], snapshot: Snapshots, shown: Shown
) -> None:
    text = shown(display(), [snapshot()], total=0)
    assert "100%" in text
    assert "0/0" in text


def test_all_failed(
    display: type[BaseDashboard],
    snapshot: Snapshots,
    failure: Callable[..., FailedItem],
    shown: Shown,
) -> None:
    update = snapshot(2, {"Work": {"failed": 5}}, [failure(n) for n in range(5)])
    text = shown(display(), [update], total=5)
    assert "5 failed" in text
    assert "100%" in text


HOSTILE = "[bold]x[/]\n[/nope]\x1b[2J\x07" + "y" * 1_000


def test_hostile_text_is_shown_as_it_stands_on_one_line(
    display: type[BaseDashboard],
    snapshot: Snapshots,
    failure: Callable[..., FailedItem],
    shown: Shown,
) -> None:
    stage = {"busy": 1, "queued": 2, "item": HOSTILE, "task": HOSTILE}
    failed = failure(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    text = shown(display(), [snapshot(2, {HOSTILE: stage}, [failed], in_flight=3)], total=9)
    assert "\x1b[2J" not in text
    assert "\x07" not in text
    assert max(len(line) for line in text.splitlines()) <= 100
    if display is not ProgressDisplay:
        assert "[bold]x[/] [/nope]·[2J·yyy" in text


def test_a_picture_needs_no_start(
    display: type[BaseDashboard], snapshot: Snapshots, picture: Callable[..., str]
) -> None:
    """`render` alone is enough, as in a program that draws on its own."""
    assert "0 items" in picture(display().render(snapshot()))


def test_a_stalled_pipeline_says_for_how_long(snapshot: Snapshots, shown: Shown) -> None:
    updates = [snapshot(at, processed=9, in_flight=1) for at in (0, 1, 43)]
    updates[0] = snapshot(0)
    assert "stalled for 0:42" in shown(CompactDashboard(), updates)


def test_figures_differ_from_bars_without_colours(
    run: list[DashboardSnapshot], shown: Shown
) -> None:
    """With NO_COLOR what is done and what remains still look different."""
    line = shown(ProgressDisplay(width=10), run, total=1_000).splitlines()[0]
    assert line.startswith(("━━━━╌╌╌╌╌╌", "━━━━━╌╌╌╌╌"))
