"""One plain line on the state of a run, for a pipe or a log."""

from __future__ import annotations

from antflow.display.header import amount
from antflow.display.wording import clock, counted, pace, percent, safe
from antflow.flow import FlowReport, StageFlow


def progress_line(report: FlowReport) -> str:
    """`antflow: 4,600/10,000 (46%), 381/s now, 370/s average, 0:12 elapsed, 0:14 left`."""
    fraction = report.fraction
    share = "" if fraction is None else f" ({percent(fraction)})"
    pieces = [
        f"antflow: {amount(report)}{share}",
        f"{pace(report.throughput)} now",
        f"{pace(report.average)} average",
        f"{clock(report.elapsed)} elapsed",
        f"{clock(report.eta_seconds)} left" if report.eta_seconds else "",
        f"{report.failed:,} failed" if report.failed else "",
        f"{report.retrying:,} waiting for retry" if report.retrying else "",
        f"stalled for {clock(report.quiet_seconds)}" if report.health == "stalled" else "",
    ]
    return ", ".join(piece for piece in pieces if piece)


def stages_line(report: FlowReport) -> str:
    """The same, then the stages, the bottleneck and what failed."""
    pieces = [progress_line(report), " > ".join(_stage(stage) for stage in report.stages)]
    if report.bottleneck is not None:
        why = safe(report.bottleneck.reason)
        pieces.append(f"bottleneck {safe(report.bottleneck.stage)}: {why}")
    if report.errors_by_type:
        pieces.append(f"failures: {counted(report.errors_by_type)}")
    return "; ".join(piece for piece in pieces if piece)


def _stage(stage: StageFlow) -> str:
    of = f"/{stage.capacity}" if stage.capacity else ""
    queue = "" if stage.capacity == 0 else f" queue {stage.queued}{of}"
    return f"{safe(stage.name)}{queue} busy {stage.busy}/{stage.workers}"
