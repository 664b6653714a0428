"""What failed: by type and stage, and the newest ones with their text."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from antflow.display.layout import Column, cut, table
from antflow.display.wording import clock, counted, safe
from antflow.flow import FlowReport
from antflow.types import DashboardSnapshot, FailedItem

_COLUMNS = (
    Column("  Failed item", 100, "left", most=24),
    Column("Ago", 50, least=5),
    Column("Stage", 80, "left", most=16),
    Column("Tries", 40),
    Column("Error", 95, "left", most=300, gives=24),
)


def failures_line(report: FlowReport, width: int) -> Text | None:
    """`✗ TimeoutError 7, ValueError 5 · in Fetch 7, Parse 5`; None where nothing failed."""
    if not report.errors_by_type:
        return None
    line = Text.assemble(
        ("✗ ", "bold red"),
        counted(report.errors_by_type),
        (" · in ", "dim"),
        counted(report.errors_by_stage),
    )
    return cut(line, width)


def newest_failures(snapshot: DashboardSnapshot, since: float, most: int) -> list[FailedItem]:
    """The newest failures after `since` (Unix seconds), newest first."""
    listed = snapshot.error_summary.failed_items[-most:] if most > 0 else []
    return [failed for failed in reversed(listed) if failed.timestamp >= since]


def failure_table(failures: Sequence[FailedItem], now: float, width: int) -> list[Text]:
    """One row a failure; the error's text takes what width is left."""
    return table(_COLUMNS, [_row(failed, now) for failed in failures], width)


def _row(failed: FailedItem, now: float) -> list[Text]:
    error = Text.assemble((safe(failed.error_type), "red"), ": ", safe(failed.error))
    return [
        Text(f"  {safe(failed.item_id)}"),
        Text(clock(now - failed.timestamp), "dim"),
        Text(safe(failed.stage)),
        Text(f"{failed.attempts}"),
        error,
    ]
