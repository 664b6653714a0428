"""`FullDashboard`: stages, workers, failures and the newest events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.console import Console, RenderableType
from rich.text import Text

from antflow.display.detailed import DetailedDashboard, overview, overview_height
from antflow.display.events import RecentEvents
from antflow.display.failures import failure_table
from antflow.display.layout import Frame
from antflow.display.workers import worker_table
from antflow.types import DashboardSnapshot, ErrorSummary, PipelineResult

if TYPE_CHECKING:
    from antflow.pipeline import Pipeline

_HEAD = 2  # a blank line and a heading


class FullDashboard(DetailedDashboard):
    """All of `DetailedDashboard`, and the busiest workers, newest failures and newest events.

    Args:
        max_items_shown: rows in each of these tables; the screen's height may allow fewer.
        refresh_rate: draws at most so many times per second; None: on each update.
        console: the rich console to draw on; None: stdout, when the run starts.

    Raises:
        ValueError: max_items_shown is below 1, or the refresh rate is not above 0.
    """

    needs_tracker: ClassVar[bool] = True

    def __init__(
        self,
        max_items_shown: int = 20,
        *,
        refresh_rate: float | None = None,
        console: Console | None = None,
    ) -> None:
        super().__init__(refresh_rate=refresh_rate, console=console)
        if max_items_shown < 1:
            raise ValueError(f"max_items_shown must be at least 1, got {max_items_shown!r}")
        self.max_items_shown = max_items_shown
        self._events = RecentEvents(max_items_shown)

    def on_start(self, pipeline: Pipeline, total: int | None) -> None:
        """Begin, and listen to the pipeline's tracker where it has one."""
        super().on_start(pipeline, total)
        self._events.attach(getattr(pipeline, "tracker", None))

    def on_finish(self, results: list[PipelineResult], summary: ErrorSummary) -> None:
        """Leave the final state and its summary, and give the terminal back."""
        self._events.detach()
        super().on_finish(results, summary)

    def render(self, snapshot: DashboardSnapshot) -> RenderableType:
        """The picture, cut to the height of the screen."""
        report, failed = self.observe(snapshot), self.newest_failures(self.max_items_shown)
        now = report.timestamp

        def build(width: int, height: int) -> Iterable[Text]:
            yield from overview(report, width, height - 1)
            room = height - 1 - overview_height(report)
            wanted = (len(snapshot.worker_states), len(failed), len(self._events))
            rows = shares(room, [min(self.max_items_shown, want) for want in wanted])
            if rows[0]:
                yield Text()
                yield from worker_table(snapshot, width, rows[0])
            if rows[1]:
                yield Text()
                yield from failure_table(failed[: rows[1]], now, width)
            if rows[2]:
                yield Text()
                yield from self._events.rows(now, width, rows[2])

        return Frame(build)


def shares(room: int, wanted: list[int]) -> list[int]:
    """How many rows each table gets of `room` lines, each with a heading and a blank line.

    A table takes up to three fifths of what its forerunners left, or all where that is little.
    """
    rows = [0] * len(wanted)
    for index, want in enumerate(wanted):
        if not want or room <= _HEAD:
            continue
        later = sum(1 for other in wanted[index + 1 :] if other)
        alone = not later or room < 2 * (_HEAD + 2)
        rows[index] = min(want, (room if alone else room * 3 // 5) - _HEAD)
        room -= rows[index] + _HEAD
    return rows
