"""The newest item events of a tracker."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from rich.console import Console

from antflow.display import FullDashboard
from antflow.display.events import RecentEvents
from antflow.display.full import shares
from antflow.types import DashboardSnapshot, ErrorSummary, StatusEvent

NOW = 1_000_000.0


class FakeTracker:
    """Sends what it is told to."""

    def __init__(self) -> None:
        self.callbacks: list[Any] = []
        self.settings: dict[str, Any] = {}

    def subscribe(self, callback: Any, **settings: Any) -> None:
        self.callbacks.append(callback)
        self.settings = settings

    def unsubscribe(self, callback: Any) -> None:
        self.callbacks.remove(callback)

    def send(self, item_id: Any, status: Any, **metadata: Any) -> None:
        for callback in self.callbacks:
            callback(StatusEvent(item_id, "Fetch", status, "Fetch-W0", NOW - 3, metadata))


def test_the_full_display_shows_the_newest_events_and_then_unsubscribes(
    snapshot: Callable[..., DashboardSnapshot],
    pipeline_of: Callable[..., Any],
    picture: Callable[..., str],
) -> None:
    tracker = FakeTracker()
    display = FullDashboard(console=Console(file=io.StringIO()))
    display.on_start(pipeline_of({"Fetch": 20}, tracker), 9)
    tracker.send("page-1", "completed")
    tracker.send("page-2", "failed", error="no [bold]route[/]")
    text = picture(display.render(snapshot(0, {"Fetch": {}})))
    lines = [line.split() for line in text.splitlines() if "page-" in line]
    assert lines[0] == "page-2 0:03 failed Fetch Fetch-W0 no [bold]route[/]".split()
    assert lines[1] == "page-1 0:03 completed Fetch Fetch-W0".split()
    display.on_finish([], ErrorSummary())
    assert tracker.callbacks == []


def test_a_display_never_slows_the_pipeline_down() -> None:
    tracker = FakeTracker()
    RecentEvents(20).attach(tracker)
    assert tracker.settings["overflow"] == "drop_oldest"


def test_queued_is_left_out_and_only_the_newest_are_kept() -> None:
    tracker = FakeTracker()
    events = RecentEvents(2)
    events.attach(tracker)
    for number in range(5):
        tracker.send(f"page-{number}", "in_progress")
        tracker.send(f"page-{number}", "queued")
    rows = events.rows(NOW, 100, 10)
    assert [row.plain.split()[0] for row in rows[1:]] == ["page-4", "page-3"]


def test_a_pipeline_without_a_tracker_has_no_events() -> None:
    events = RecentEvents(2)
    events.attach(None)
    events.detach()
    assert len(events) == 0


def test_tables_share_the_lines_that_are_left() -> None:
    assert shares(26, [20, 3, 20]) == [13, 3, 4]
    assert shares(100, [20, 20, 20]) == [20, 20, 20]
    assert shares(10, [20, 0, 0]) == [8, 0, 0]
    assert shares(5, [20, 20, 20]) == [3, 0, 0]
    assert shares(4, [20, 20, 20]) == [2, 0, 0]
    assert shares(2, [20, 20, 20]) == [0, 0, 0]
    assert shares(-5, [20, 20, 20]) == [0, 0, 0]
