"""The stages as a flow: where is it stuck."""

from __future__ import annotations

from rich.text import Text

from antflow.display.layout import Column, around, bar, cut, table
from antflow.display.wording import pace, percent, safe, span
from antflow.flow import FlowReport, StageFlow

_BAR = 8
_COLUMNS = (
    Column("  Stage", 100, "left", most=28, gives=20),
    Column("", 20, "left"),
    Column("Queue", 90, least=7),
    Column("Busy", 80, least=5),
    Column("Held", 45),
    Column("Retry", 50),
    Column("Done", 60, least=6),
    Column("Failed", 85),
    Column("Out", 70, least=7),
    Column("Task", 40, least=6),
    Column("Load", 30),
)


def stage_table(report: FlowReport, width: int, most: int) -> list[Text]:
    """One row a stage; where there are more than `most`, the quiet ones give way."""
    shown = _shown(report, max(1, most))
    rows = [_row(stage, report) for stage in shown]
    if hidden := len(report.stages) - len(shown):
        rows.append([Text(f"  … {hidden} quieter ones", "dim"), *[""] * (len(_COLUMNS) - 1)])
    return table(_COLUMNS, rows, width)


def bottleneck_line(report: FlowReport, width: int) -> Text | None:
    """`► Parse sets the pace: 5/5 workers busy, …`; None where no stage does."""
    if report.bottleneck is None:
        return None
    name = safe(report.bottleneck.stage)
    line = Text.assemble(
        ("► ", "yellow"), (name, "bold"), " sets the pace: ", safe(report.bottleneck.reason)
    )
    return cut(line, width)


def flow_line(report: FlowReport, width: int) -> Text:
    """`93 ▸ Fetch 10/10 ▸ 20 ▸ Parse 5/5`; around the bottleneck where not all fits."""
    if not report.stages:
        return Text()
    pieces = [_piece(stage, report) for stage in report.stages]
    narrow = report.bottleneck.stage if report.bottleneck else None
    names = [stage.name for stage in report.stages]
    return around(pieces, names.index(narrow) if narrow in names else 0, width, by=" ▸ ")


def _shown(report: FlowReport, most: int) -> list[StageFlow]:
    if len(report.stages) <= most:
        return list(report.stages)
    narrow = report.bottleneck.stage if report.bottleneck else None

    def weight(stage: StageFlow) -> tuple[bool, int, int]:
        return (stage.name == narrow, stage.failed, stage.busy + stage.queued + stage.retrying)

    kept = sorted(report.stages, key=weight, reverse=True)[: max(1, most - 1)]
    return [stage for stage in report.stages if stage in kept]


def _row(stage: StageFlow, report: FlowReport) -> list[Text | str]:
    narrow = report.bottleneck is not None and report.bottleneck.stage == stage.name
    name = Text.assemble(("► " if narrow else "  ", "yellow"), (safe(stage.name), "bold"))
    return [
        name,
        _queue_bar(stage),
        Text(_queue(stage), "" if stage.queued else "dim"),
        Text(f"{stage.busy}/{stage.workers}", "" if stage.busy else "dim"),
        _count(sum(stage.held.values()), "yellow"),
        _count(stage.retrying, "yellow"),
        f"{stage.done:,}",
        _count(stage.failed, "bold red"),
        Text(pace(stage.rate_out), "" if stage.rate_out else "dim"),
        Text(span(stage.avg_seconds) if stage.avg_seconds else "–", "dim"),
        Text(percent(stage.utilisation), "dim"),
    ]


def _queue_bar(stage: StageFlow) -> Text:
    if stage.fill is None:
        return Text()
    return bar(_BAR, [(stage.fill, "yellow" if stage.fill >= 0.9 else "cyan")])


def _queue(stage: StageFlow) -> str:
    if stage.capacity == 0:
        return "hand-over"
    return f"{stage.queued:,}/{stage.capacity:,}" if stage.capacity else f"{stage.queued:,}"


def _count(count: int, style: str) -> Text:
    return Text(f"{count:,}", style if count else "dim")


def _piece(stage: StageFlow, report: FlowReport) -> Text:
    narrow = report.bottleneck is not None and report.bottleneck.stage == stage.name
    queue = Text(f"{stage.queued:,} ▸ ", "dim") if stage.capacity != 0 else Text()
    style = "bold yellow" if narrow else ""
    return Text.assemble(queue, (f"{safe(stage.name)} {stage.busy}/{stage.workers}", style))
