"""What stays when the run is over: outcome, throughput, time per stage, failures by type."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import RenderableType
from rich.text import Text

from antflow.display.failures import failures_line
from antflow.display.header import amount, failures_count
from antflow.display.layout import Column, Frame, cut, joined, table
from antflow.display.wording import pace, percent, safe, span
from antflow.flow import FlowReport
from antflow.types import ErrorSummary, FailedItem

_COLUMNS = (
    Column("  Stage", 100, "left", most=40, gives=12),
    Column("Done", 90, least=7),
    Column("Failed", 95),
    Column("Task time", 80),
    Column("Load", 50),
)


def summary_of(
    report: FlowReport | None,
    summary: ErrorSummary,
    failures: Iterable[FailedItem] = (),
    stages: bool = True,
) -> RenderableType:
    """The summary of a run.

    Args:
        report: on the final snapshot; None where none was ever seen.
        summary: the failures, in case there is no report.
        failures: failures to name one by one.
        stages: whether to give each stage a row.
    """
    if report is None:
        return Text(str(summary))
    seen = report

    def build(width: int, height: int) -> Iterable[Text]:
        yield outcome(seen, width)
        if stages and seen.stages and seen.finished:
            yield from _stage_times(seen, width)
        if (line := failures_line(seen, width)) is not None:
            yield line
        for failed in failures:
            yield failure_line(failed, width)

    return Frame(build)


def outcome(report: FlowReport, width: int) -> Text:
    """`✓ 10,000/10,000 in 26.1 s · 381/s · 12 failed`."""
    return joined(
        [
            verdict(report),
            Text.assemble((amount(report), "bold"), f" in {span(report.elapsed)}"),
            pace(report.average),
            failures_count(report),
            f"{report.cancelled:,} cancelled" if report.cancelled else "",
            f"{report.dropped:,} dropped" if report.dropped else "",
            f"{report.skipped:,} skipped" if report.skipped else "",
        ],
        width,
    )


def verdict(report: FlowReport) -> Text:
    """`✓ finished`, `✗ all failed` or `■ stopped`."""
    if report.cancelled or not report.complete:
        return Text("■ stopped", "bold yellow")
    if report.failed and report.failed == report.finished:
        return Text("✗ all failed", "bold red")
    return Text("✓ finished", "bold green")


def _stage_times(report: FlowReport, width: int) -> list[Text]:
    rows: list[list[Text | str]] = [
        [
            Text(f"  {safe(stage.name)}"),
            f"{stage.done:,}",
            Text(f"{stage.failed:,}", "bold red" if stage.failed else "dim"),
            span(stage.avg_seconds),
            percent(stage.utilisation),
        ]
        for stage in report.stages
    ]
    return table(_COLUMNS, rows, width)


def failure_line(failed: FailedItem, width: int) -> Text:
    """`  item 77 in Fetch: ValueError: … (3 attempts)`."""
    tries = f" ({failed.attempts} attempts)" if failed.attempts > 1 else ""
    error = f"{safe(failed.error_type)}: {safe(failed.error)}"
    head = f"  item {safe(failed.item_id)[:40]} in {safe(failed.stage)}: "
    return Text.assemble((head, "dim"), cut(Text(error), width - len(head) - len(tries)), tries)
