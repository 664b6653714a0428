"""`DetailedDashboard`: the stages as a table."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import RenderableType
from rich.text import Text

from antflow.display.base import BaseDashboard
from antflow.display.failures import failure_table, failures_line, newest_failures
from antflow.display.header import header
from antflow.display.layout import Frame
from antflow.display.line import stages_line
from antflow.display.stages import bottleneck_line, stage_table
from antflow.display.summary import summary_of
from antflow.flow import FlowReport
from antflow.types import DashboardSnapshot, ErrorSummary, FailedItem

_NAMED = 3  # failures told one by one


class DetailedDashboard(BaseDashboard):
    """Progress, a row for each stage, the bottleneck, failures by type and the newest ones.

    Args:
        refresh_rate: draws at most so many times per second; None: on each update.
        console: the rich console to draw on; None: stdout, when the run starts.

    Raises:
        ValueError: the refresh rate is not above 0.
    """

    def render(self, snapshot: DashboardSnapshot) -> RenderableType:
        """The picture, cut to the height of the screen."""
        report, failed = self.observe(snapshot), self.newest_failures(_NAMED)

        def build(width: int, height: int) -> Iterable[Text]:
            yield from overview(report, width, height - 1)
            used = overview_height(report)
            if failed and (room := height - 1 - used - 2) > 0:
                yield Text()
                yield from failure_table(failed[:room], report.timestamp, width)

        return Frame(build)

    def render_line(self, snapshot: DashboardSnapshot) -> str:
        """One plain line."""
        return stages_line(self.observe(snapshot))

    def render_final(self, summary: ErrorSummary) -> RenderableType:
        """The outcome, time per stage, and what failed."""
        return summary_of(self.report, summary, self.newest_failures(_NAMED))

    def newest_failures(self, most: int) -> list[FailedItem]:
        """The newest failures of this run, newest first."""
        if self._snapshot is None or self._first is None:
            return []
        return newest_failures(self._snapshot, self._first.timestamp, most)


def overview(report: FlowReport, width: int, height: int) -> Iterable[Text]:
    """Header, stages, bottleneck and failures by type, in at most `height` lines."""
    lines = header(report, width)
    yield from lines
    ends = [bottleneck_line(report, width), failures_line(report, width)]
    yield Text()
    yield from stage_table(report, width, most=height - len(lines) - len(ends) - 2)
    yield from (line for line in ends if line is not None)


def overview_height(report: FlowReport) -> int:
    """Lines that `overview` takes where there is room enough."""
    ends = (report.bottleneck is not None) + bool(report.errors_by_type)
    return (2 if report.fraction is None else 3) + 2 + len(report.stages) + ends
