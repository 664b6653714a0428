"""`BaseDashboard`: what all terminal displays share; subclass it with `render` alone."""

from __future__ import annotations

import io
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from rich.console import Console, Group, RenderableType

from antflow.display.screen import Screen, as_renderable, open_screen
from antflow.display.summary import summary_of
from antflow.flow import Flow, FlowReport, capacities_of
from antflow.types import DashboardSnapshot, ErrorSummary, PipelineResult

if TYPE_CHECKING:
    from antflow.pipeline import Pipeline


class BaseDashboard(ABC):
    """A display on the terminal. Implement `render`; the rest is done.

    Drawn in place on a terminal; elsewhere its text is printed now and then, and at the end.

    Args:
        console: the rich console to draw on; None: stdout, when the run starts.

    Attributes:
        total: items to expect, or None.
        start_time: Unix seconds of `on_start`; None before.
        report: what `antflow.flow` makes of the newest snapshot (throughput, time left,
            bottleneck, …), for `render` to use; None before the first.
        refresh_rate: draw at most so many times per second; None: on each update.
        needs_tracker: whether a pipeline without a tracker should get one for this display.
    """

    needs_tracker: ClassVar[bool] = False
    total: int | None = None
    start_time: float | None = None
    report: FlowReport | None = None
    refresh_rate: float | None = None
    console: Console | None = None

    # on the class, so that a subclass may leave out super().__init__()
    _flow: Flow | None = None
    _screen: Screen | None = None
    _snapshot: DashboardSnapshot | None = None
    _first: DashboardSnapshot | None = None
    _drawn_at: float | None = None

    def __init__(
        self, *, refresh_rate: float | None = None, console: Console | None = None
    ) -> None:
        if refresh_rate is not None and not refresh_rate > 0:
            raise ValueError(f"refresh_rate must be above 0 per second, got {refresh_rate!r}")
        self.refresh_rate = refresh_rate
        self.console = console

    @abstractmethod
    def render(self, snapshot: DashboardSnapshot) -> RenderableType | None:
        """The picture of this snapshot: any rich renderable, or a str (read as rich markup).

        None: the display draws by itself, and nothing is drawn or printed for it.
        """

    def render_line(self, snapshot: DashboardSnapshot) -> str:
        """The same as plain text, for a pipe; by default the text of `render`."""
        picture = self.render(snapshot)
        if picture is None:
            return ""
        console = Console(file=io.StringIO(), width=100, color_system=None, force_terminal=False)
        with console.capture() as captured:
            console.print(as_renderable(picture))
        return captured.get().rstrip()

    def render_final(self, summary: ErrorSummary) -> RenderableType | None:
        """What stays on the screen: by default the last picture and a summary."""
        end = summary_of(self.report, summary)
        if self._snapshot is None:
            return end
        picture = self.render(self._snapshot)
        return None if picture is None else Group(as_renderable(picture), "", end)

    def on_start(self, pipeline: Pipeline, total: int | None) -> None:
        """Begin, counting from the pipeline's present state."""
        self.start_time = time.time()
        self.total = self.total if total is None else total
        self.report = self._snapshot = self._first = self._drawn_at = None
        stages = getattr(pipeline, "stages", None)
        self._flow = Flow(
            capacities_of(stages) if isinstance(stages, (list, tuple)) else None, self.total
        )
        now = getattr(pipeline, "get_dashboard_snapshot", lambda: None)()
        if isinstance(now, DashboardSnapshot):
            self.observe(now)
        self._screen = self._screen or open_screen(self.console)

    def on_update(self, snapshot: DashboardSnapshot) -> None:
        """Draw this snapshot."""
        report = self.observe(snapshot)
        if self._screen is None:
            self._screen = open_screen(self.console)
        if self._is_due(report.timestamp):
            self._screen.show(
                lambda: self.render(snapshot), lambda: self.render_line(snapshot), report.timestamp
            )

    def on_finish(self, results: list[PipelineResult], summary: ErrorSummary) -> None:
        """Leave the final state and its summary, and give the terminal back."""
        screen, self._screen = self._screen, None
        if screen is not None:
            screen.close(lambda: self.render_final(summary))

    def observe(self, snapshot: DashboardSnapshot) -> FlowReport:
        """Take in a snapshot without drawing; `report` then tells of it."""
        if self._flow is None:
            self._flow = Flow(total=self.total)
        if snapshot is self._snapshot and self.report is not None:
            return self.report
        self._first = self._first or snapshot
        self._snapshot = snapshot
        self.report = self._flow.observe(snapshot)
        return self.report

    def _is_due(self, now: float) -> bool:
        if not self.refresh_rate or self._drawn_at is None:
            self._drawn_at = now
            return True
        if 0 <= now - self._drawn_at < 0.99 / self.refresh_rate:
            return False
        self._drawn_at = now
        return True
