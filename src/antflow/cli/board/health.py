"""The line above the tables: is it healthy, and can it be trusted."""

from __future__ import annotations

import time
from typing import Final

from rich.text import Text

from antflow.cli.board.rows import seconds
from antflow.source import Frame

STYLES: Final = {
    "running": "bold green",
    "idle": "bold green",
    "finished": "bold green",
    "starting": "bold yellow",
    "paused": "bold yellow",
    "stale": "bold yellow",
    "disconnected": "bold red",
}
BARS: Final = " ▁▂▃▄▅▆▇█"


def strip(frame: Frame) -> Text:
    """State, workers, throughput with its last minute, failures, age of the last event."""
    health, totals = frame.health, frame.totals
    online = [worker for worker in frame.workers if worker.status != "offline"]
    line = Text.assemble((f" {health.state.upper()} ", STYLES[health.state]))
    line.append(f"  workers {len(online)}/{len(frame.workers)}")
    line.append(f"  running {sum(worker.active for worker in online)}")
    line.append(f"  {totals.throughput:,.1f}/s {sparkline(totals.history)}")
    line.append(f"  ok {totals.succeeded:,}")
    line.append(f"  failed {totals.failed:,}", "red" if totals.failed else "")
    if health.last_event is not None:
        line.append(f"  last event {seconds(max(0.0, time.time() - health.last_event))} ago")
    if health.lost:
        line.append(f"  lost {health.lost:,}", "bold red")
    if health.reason:
        line.append(f"\n {health.reason}", "yellow")
    return line


def sparkline(values: tuple[float, ...], width: int = 30) -> str:
    """The newest values as bars; the highest fills the line."""
    shown = values[-width:]
    top = max(shown, default=0.0)
    if not top:
        return ""
    return "".join(BARS[round(value / top * (len(BARS) - 1))] for value in shown)
