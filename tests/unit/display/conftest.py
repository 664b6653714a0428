"""What the tests of displays share: a pipeline that is none, and pictures as text."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console, RenderableType

from antflow.display import (
    BaseDashboard,
    CompactDashboard,
    DetailedDashboard,
    FullDashboard,
    ProgressDisplay,
)
from antflow.types import DashboardSnapshot


@pytest.fixture(params=[ProgressDisplay, CompactDashboard, DetailedDashboard, FullDashboard])
def display(request: pytest.FixtureRequest) -> type[BaseDashboard]:
    """The test runs once with each display."""
    kind: type[BaseDashboard] = request.param
    return kind


@pytest.fixture
def picture() -> Callable[..., str]:
    """`picture(renderable, width, height)`: what a terminal of that size would show."""

    def draw(frame: RenderableType, width: int = 100, height: int = 30) -> str:
        console = Console(
            file=io.StringIO(), record=True, width=width, height=height, force_terminal=True
        )
        console.print(frame)
        return console.export_text()

    return draw


@pytest.fixture
def pipeline_of(snapshot: Callable[..., DashboardSnapshot]) -> Callable[..., Any]:
    """`pipeline_of({name: capacity})`: what `on_start` asks of a pipeline."""

    def make(capacities: dict[str, int], tracker: Any = None) -> Any:
        stages = [
            SimpleNamespace(name=name, capacity=capacity, pull=False)
            for name, capacity in capacities.items()
        ]
        first = snapshot(0, {name: {} for name in capacities})
        return SimpleNamespace(stages=stages, tracker=tracker, get_dashboard_snapshot=lambda: first)

    return make


@pytest.fixture
def shown(picture: Callable[..., str], pipeline_of: Callable[..., Any]) -> Callable[..., str]:
    """`shown(display, snapshots)`: the picture after these, on a console that goes nowhere."""

    def show(
        display: BaseDashboard,
        snapshots: Sequence[DashboardSnapshot],
        total: int | None = None,
        capacity: int = 50,
        width: int = 100,
        height: int = 30,
    ) -> str:
        display.console = Console(file=io.StringIO(), force_terminal=False)
        names = snapshots[-1].pipeline_stats.stage_stats
        display.on_start(pipeline_of(dict.fromkeys(names, capacity)), total)
        for each in snapshots:
            display.on_update(each)
        return picture(display.render(snapshots[-1]), width, height)

    return show
