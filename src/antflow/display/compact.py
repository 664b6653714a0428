"""`CompactDashboard`: a few lines."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.text import Text

from antflow.display.base import BaseDashboard
from antflow.display.failures import failures_line
from antflow.display.header import header
from antflow.display.layout import Frame
from antflow.display.line import stages_line
from antflow.display.stages import bottleneck_line, flow_line
from antflow.display.summary import summary_of
from antflow.flow import FlowReport
from antflow.types import DashboardSnapshot, ErrorSummary


class CompactDashboard(BaseDashboard):
    """Up to six lines: progress, the stages on one line, the bottleneck, failures by type.

    Args:
        refresh_rate: draws at most so many times per second.
        console: the rich console to draw on; None: stdout, when the run starts.

    Raises:
        ValueError: the refresh rate is not above 0.
    """

    def __init__(self, refresh_rate: float = 4.0, *, console: Console | None = None) -> None:
        super().__init__(refresh_rate=refresh_rate, console=console)

    def render(self, snapshot: DashboardSnapshot) -> RenderableType:
        """The lines."""
        report = self.observe(snapshot)
        return Frame(lambda width, height: compact_lines(report, width))

    def render_line(self, snapshot: DashboardSnapshot) -> str:
        """One plain line."""
        return stages_line(self.observe(snapshot))

    def render_final(self, summary: ErrorSummary) -> RenderableType:
        """The outcome, time per stage, and what failed."""
        return summary_of(self.report, summary)


def compact_lines(report: FlowReport, width: int) -> Iterable[Text]:
    """Header, flow, bottleneck and failures."""
    yield from header(report, width)
    yield flow_line(report, width)
    for line in (bottleneck_line(report, width), failures_line(report, width)):
        if line is not None:
            yield line
