"""The displays' arguments are attributes, and wrong ones are refused."""

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
    ProgressDisplay,
)
from antflow.types import DashboardProtocol, DashboardSnapshot

Snapshots = Callable[..., DashboardSnapshot]


def test_displays_are_dashboards(display: type[BaseDashboard]) -> None:
    assert isinstance(display(), DashboardProtocol)


def test_their_settings_are_attributes(snapshot: Snapshots) -> None:
    display = ProgressDisplay(total=7, width=12)
    assert (display.total, display.width, display.start_time) == (7, 12, None)
    assert CompactDashboard(refresh_rate=2).refresh_rate == 2
    assert CompactDashboard().refresh_rate == 4.0
    assert FullDashboard(max_items_shown=3).max_items_shown == 3
    assert FullDashboard().max_items_shown == 20
    assert ProgressDisplay().width == 30


def test_the_start_sets_total_and_time() -> None:
    display = ProgressDisplay(console=Console(file=io.StringIO()))
    display.on_start(None, 9)  # type: ignore[arg-type]
    assert display.total == 9
    assert display.start_time is not None


def test_only_the_full_display_asks_for_a_tracker() -> None:
    others = (ProgressDisplay, CompactDashboard, DetailedDashboard)
    assert [display.needs_tracker for display in others] == [False, False, False]
    assert FullDashboard.needs_tracker


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: ProgressDisplay(width=0), "width must be at least 1"),
        (lambda: CompactDashboard(refresh_rate=0), "refresh_rate must be above 0"),
        (lambda: FullDashboard(max_items_shown=0), "max_items_shown must be at least 1"),
    ],
)
def test_wrong_settings_are_refused(make: Callable[[], Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        make()


@pytest.mark.parametrize("display", [CompactDashboard, DetailedDashboard, FullDashboard])
def test_a_rate_of_drawing_can_be_set_by_name(display: Any) -> None:
    assert display(refresh_rate=2.0).refresh_rate == 2.0
    with pytest.raises(ValueError, match="refresh_rate"):
        display(refresh_rate=0)
