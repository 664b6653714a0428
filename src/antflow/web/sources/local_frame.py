"""The frame of a local pipeline, from a snapshot and the report on its flow."""

from __future__ import annotations

from collections.abc import Collection

from antflow.flow import FlowReport, StageFlow
from antflow.source import Group, Health, Latency, RunningTask, SourceState, Totals, WorkerView
from antflow.source import WorkerStatus as Status
from antflow.types import DashboardSnapshot, PipelineStats, WorkerMetrics, WorkerState
from antflow.web.sources.local_items import id_text
from antflow.web.sources.local_pace import Pace

STUCK = 5.0
"""A task that runs so many times its stage's p95 stands out."""

_SHORTEST = 1.0  # seconds before which nothing is stuck


def health_of(report: FlowReport, *, running: bool, paused: bool) -> Health:
    """What the pipeline is doing; it cannot be out of reach."""
    reason = None
    if report.health == "stalled":
        reason = f"nothing has moved for {report.quiet_seconds:.0f} s"
    elif report.health == "failing":
        reason = "a fifth or more of what ended lately failed"
    moved = report.timestamp - report.quiet_seconds
    state = _state(report, running=running, paused=paused)
    return Health(state, reason=reason, last_event=moved, received=report.finished)


def _state(report: FlowReport, *, running: bool, paused: bool) -> SourceState:
    if not running:
        return "finished" if report.finished else "idle"
    if paused:
        return "paused"
    if not report.in_flight:
        return "idle"
    return "starting" if report.health == "starting" else "running"


def totals_of(stats: PipelineStats, report: FlowReport, started: float | None) -> Totals:
    """The counts over all runs, and the pace now."""
    low, high = report.eta_range or (None, None)
    return Totals(
        fed=stats.items_fed,
        succeeded=stats.items_processed,
        failed=stats.items_failed,
        dropped=stats.items_dropped,
        cancelled=stats.items_cancelled,
        in_flight=stats.items_in_flight,
        retried=None,
        expected=report.total,
        throughput=report.throughput,
        history=report.history,
        eta=report.eta_seconds,
        eta_low=low,
        eta_high=high,
        started=started,
    )


def states_of(stats: PipelineStats, fed_again: int) -> dict[str, int]:
    """Items by status, of those that have any; one that was fed again is not failed any more."""
    stages = stats.stage_stats.values()
    running = sum(stage.in_progress_items for stage in stages)
    retrying = sum(stage.waiting_items for stage in stages)
    counts = {
        "queued": stats.items_in_flight - running - retrying,
        "in_progress": running,
        "retrying": retrying,
        "completed": stats.items_processed,
        "failed": stats.items_failed - fed_again,
        "dropped": stats.items_dropped,
        "cancelled": stats.items_cancelled,
    }
    return {state: count for state, count in counts.items() if count > 0}


def group_of(
    stage: StageFlow, report: FlowReport, pace: Pace, *, order: int, paused: bool, stuck: int
) -> Group:
    """One stage."""
    slowest = report.bottleneck
    ended = stage.done + stage.failed
    return Group(
        name=stage.name,
        order=order,
        queued=stage.queued,
        capacity=stage.capacity,
        running=stage.busy - stage.held.get("retry", 0),
        waiting=stage.retrying,
        succeeded=stage.done,
        failed=stage.failed,
        retried=None,
        busy=stage.busy,
        workers=stage.workers,
        rate_in=stage.rate_in,
        rate_out=stage.rate_out,
        running_time=pace.running(stage.name, report.timestamp),
        waiting_time=pace.waiting(stage.name, report.timestamp),
        failure_ratio=stage.failed / ended if ended else 0.0,
        paused=paused,
        bottleneck=slowest.reason if slowest is not None and slowest.stage == stage.name else None,
        stuck=stuck,
    )


def workers_of(
    snapshot: DashboardSnapshot, usual: dict[str, Latency], paused: Collection[str]
) -> list[WorkerView]:
    """A row of each worker."""
    metrics, now = snapshot.worker_metrics, snapshot.timestamp
    return [
        _worker(state, metrics[name], usual[state.stage].p95, now, paused=state.stage in paused)
        for name, state in snapshot.worker_states.items()
    ]


def _worker(
    state: WorkerState, metrics: WorkerMetrics, p95: float | None, now: float, *, paused: bool
) -> WorkerView:
    busy = state.status == "busy"
    status: Status = "busy" if busy else "paused" if paused else "idle"
    return WorkerView(
        state.worker_name,
        status,
        state.stage,
        None,
        1,
        int(busy),
        (_running(state, p95, now),) if busy else (),
        metrics.items_processed + metrics.items_failed,
        metrics.items_processed,
        metrics.items_failed,
        retried=None,
        last_seen=metrics.last_active,
    )


def _running(state: WorkerState, p95: float | None, now: float) -> RunningTask:
    since = state.processing_since
    age = 0.0 if since is None or state.waiting_for is not None else now - since
    stuck = p95 is not None and age > max(STUCK * p95, _SHORTEST)
    item = id_text(state.current_item_id)
    return RunningTask(item, state.current_task, since, stuck, state.waiting_for)
