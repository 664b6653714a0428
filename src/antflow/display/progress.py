"""`ProgressDisplay`: one line."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.text import Text

from antflow.display.base import BaseDashboard
from antflow.display.header import amount, failures_count, health, progress_bar, time_left
from antflow.display.layout import Frame, joined
from antflow.display.line import progress_line
from antflow.display.summary import summary_of
from antflow.display.wording import clock, pace, percent
from antflow.flow import FlowReport
from antflow.types import DashboardSnapshot, ErrorSummary

_NARROW = 60  # cells; with fewer the bar takes a fifth


class ProgressDisplay(BaseDashboard):
    """One line: a bar, how much is done, how fast, how long still, how many failed.

    Args:
        total: items to expect; None: as told when the run starts.
        width: cells of the bar.
        console: the rich console to draw on; None: stdout, when the run starts.

    Raises:
        ValueError: the width is below 1.
    """

    def __init__(
        self, total: int | None = None, width: int = 30, *, console: Console | None = None
    ) -> None:
        super().__init__(console=console)
        if width < 1:
            raise ValueError(f"width must be at least 1 cell, got {width!r}")
        self.total = total
        self.width = width

    def render(self, snapshot: DashboardSnapshot) -> RenderableType:
        """The line."""
        report = self.observe(snapshot)
        return Frame(lambda width, height: [self._line(report, width)])

    def render_line(self, snapshot: DashboardSnapshot) -> str:
        """The line as plain text."""
        return progress_line(self.observe(snapshot))

    def render_final(self, summary: ErrorSummary) -> RenderableType:
        """The outcome, and what failed."""
        return summary_of(self.report, summary, stages=False)

    def _line(self, report: FlowReport, width: int) -> Text:
        cells = self.width if width >= _NARROW else min(self.width, width // 5)
        return joined(self._pieces(report, cells), width)

    def _pieces(self, report: FlowReport, cells: int) -> Iterable[Text | str]:
        if (fraction := report.fraction) is None:
            yield Text.assemble(health(report), " ", amount(report))
        else:
            done = Text(f" {percent(fraction):>4} ", "bold")
            yield Text.assemble(progress_bar(report, cells), done, amount(report))
        yield time_left(report)
        yield failures_count(report)
        yield pace(report.throughput)
        yield Text(f"{clock(report.elapsed)} elapsed", "dim")
        yield Text(f"{report.retrying:,} waiting for retry", "yellow") if report.retrying else ""
