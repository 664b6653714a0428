"""The first lines of a display: is it healthy, and when is it done."""

from __future__ import annotations

from rich.text import Text

from antflow.display.layout import bar, joined, spark, spread
from antflow.display.wording import clock, pace, percent
from antflow.flow import FlowReport

_HEALTH = {
    "starting": ("cyan", "starting"),
    "healthy": ("green", "running"),
    "failing": ("bold red", "many fail"),
    "stalled": ("bold yellow", "stalled"),
}
_SPARK_SECONDS = 20


def header(report: FlowReport, width: int) -> list[Text]:
    """Three lines, or two where the number of items is unknown."""
    lines = [spread(_now(report), _times(report), width)]
    if (fraction := report.fraction) is not None:
        done = Text(f"{percent(fraction):>5}", "bold")
        lines.append(Text.assemble(progress_bar(report, width - 5), done))
    lines.append(joined(_counts(report), width))
    return lines


def progress_bar(report: FlowReport, width: int) -> Text:
    """What is done, in green, and what failed, in red."""
    total = report.total or max(1, report.finished)
    done = report.finished - report.failed
    if report.fraction == 1.0 and not report.finished:
        done = total  # no items: all of nothing is done
    return bar(width, [(done / total, "green"), (report.failed / total, "red")])


def health(report: FlowReport) -> Text:
    """One word with a coloured dot."""
    style, word = _HEALTH[report.health]
    if report.health == "stalled":
        word = f"stalled for {clock(report.quiet_seconds)}"
    return Text.assemble(("● ", style), (word, style))


def amount(report: FlowReport) -> str:
    """`4,600/10,000`, or `4,600 items` where the total is unknown."""
    if report.total is None:
        return f"{report.worked_off:,} items"
    return f"{report.worked_off:,}/{report.total:,}"


def time_left(report: FlowReport) -> Text:
    """`0:14 left`; empty where unknown or nothing is left."""
    return Text(f"{clock(report.eta_seconds)} left", "bold") if report.eta_seconds else Text()


def failures_count(report: FlowReport) -> Text:
    """`12 failed` in red; empty where none did."""
    return Text(f"{report.failed:,} failed", "bold red") if report.failed else Text()


def _now(report: FlowReport) -> list[Text | str]:
    return [
        health(report),
        Text(amount(report), "bold"),
        pace(report.throughput),
        Text(f"average {pace(report.average)}", "dim"),
        spark(report.history[-_SPARK_SECONDS:]) if len(report.history) > 2 else "",
    ]


def _times(report: FlowReport) -> Text:
    elapsed = Text(f"{clock(report.elapsed)} elapsed", "dim")
    return joined([elapsed, time_left(report)], 60)


def _counts(report: FlowReport) -> list[Text | str]:
    return [
        failures_count(report),
        Text(f"{report.processed:,} done"),
        Text(f"{report.retrying:,} waiting for retry", "yellow") if report.retrying else "",
        f"{report.cancelled:,} cancelled" if report.cancelled else "",
        f"{report.dropped:,} dropped" if report.dropped else "",
        f"{report.skipped:,} skipped" if report.skipped else "",
        f"{report.in_flight:,} in flight",
        f"{report.busy}/{report.workers} workers busy",
    ]
