"""The workers, one a row: who is doing what, and for how long."""

from __future__ import annotations

from rich.text import Text

from antflow.display.layout import Column, table
from antflow.display.wording import safe, span
from antflow.types import DashboardSnapshot, WorkerMetrics, WorkerState

_COLUMNS = (
    Column("  Worker", 100, "left", most=28, gives=20),
    Column("State", 80, "left", most=16, least=6),
    Column("Item", 90, "left", most=24, least=8),
    Column("Task", 70, "left", most=32, least=10, gives=12),
    Column("For", 85, least=7),
    Column("Done", 40, least=5),
    Column("Failed", 50),
    Column("Avg", 30, least=7),
)
_HELD = {
    "room": "waits for room",
    "retry": "waits to retry",
    "thread": "thread is late",
    "callback": "in a callback",
}


def worker_table(snapshot: DashboardSnapshot, width: int, most: int) -> list[Text]:
    """The `most` busiest workers: those that have had their item the longest come first."""
    shown = busiest(snapshot, most)
    return table(_COLUMNS, [_row(snapshot, state) for state in shown], width)


def busiest(snapshot: DashboardSnapshot, most: int) -> list[WorkerState]:
    """Busy workers, the longest on their item first; then idle ones, the latest active first."""

    def rank(state: WorkerState) -> tuple[bool, float]:
        if state.status == "busy":
            return False, state.processing_since or snapshot.timestamp
        return True, -(_metrics(snapshot, state).last_active or 0.0)

    return sorted(snapshot.worker_states.values(), key=rank)[:most]


def _metrics(snapshot: DashboardSnapshot, state: WorkerState) -> WorkerMetrics:
    nothing = WorkerMetrics(state.worker_name, state.stage)
    return snapshot.worker_metrics.get(state.worker_name, nothing)


def _row(snapshot: DashboardSnapshot, state: WorkerState) -> list[Text | str]:
    metrics = _metrics(snapshot, state)
    busy = state.status == "busy"
    since = state.processing_since
    return [
        Text(f"  {safe(state.worker_name)}", "" if busy else "dim"),
        _doing(state),
        safe(state.current_item_id) if busy else "",
        Text(safe(state.current_task), "cyan") if state.current_task is not None else "",
        span(max(0.0, snapshot.timestamp - since)) if busy and since is not None else "",
        f"{metrics.items_processed:,}",
        Text(f"{metrics.items_failed:,}", "bold red" if metrics.items_failed else "dim"),
        Text(span(metrics.avg_processing_time) if metrics.avg_processing_time else "–", "dim"),
    ]


def _doing(state: WorkerState) -> Text:
    if state.status != "busy":
        return Text("idle", "dim")
    if state.waiting_for is None:
        return Text("busy", "green")
    return Text(_HELD.get(state.waiting_for, f"waits: {safe(state.waiting_for)}"), "yellow")
