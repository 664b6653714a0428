"""A cluster in the records of `antflow.types`: workers, counts, failures.

A stage is a task type. A worker belongs to no stage, so its stage is the type that it runs, or
empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from antflow.cluster.exception_class import exception_class
from antflow.cluster.views import running_tasks
from antflow.source import Frame, Group
from antflow.types import (
    DashboardSnapshot,
    ErrorSummary,
    FailedItem,
    PipelineStats,
    StageStats,
    WorkerMetrics,
    WorkerState,
)

if TYPE_CHECKING:
    from antflow.cluster.state import ClusterState, TaskRecord, WorkerRecord

FAILURES_LISTED = 100
"""Failures that a snapshot lists, the newest."""


def worker_states(state: ClusterState) -> dict[str, WorkerState]:
    """State by worker name; of several running tasks the one that started first."""
    return {name: _worker_state(worker, state.tasks) for name, worker in state.workers.items()}


def _worker_state(worker: WorkerRecord, tasks: Mapping[str, TaskRecord]) -> WorkerState:
    running = running_tasks(worker, tasks)
    if not worker.online or not running:
        busy = worker.online and worker.active > 0
        return WorkerState(worker.hostname, "", "busy" if busy else "idle")
    task = running[0]
    stage = task.name or ""
    return WorkerState(worker.hostname, stage, "busy", task.uuid, task.name, task.started)


def worker_metrics(state: ClusterState) -> dict[str, WorkerMetrics]:
    """Metrics by worker name."""
    seconds: dict[str, float] = {}
    for (name, _), histogram in state.meters.runtimes.items():
        seconds[name] = seconds.get(name, 0.0) + histogram.total
    return {
        name: WorkerMetrics(
            name,
            "",
            items_processed=worker.succeeded,
            items_failed=worker.failed,
            total_processing_time=seconds.get(name, 0.0),
            last_active=worker.last_seen if worker.succeeded or worker.failed else None,
        )
        for name, worker in state.workers.items()
    }


def stats(frame: Frame) -> PipelineStats:
    """The counts of a frame; tasks that were revoked or rejected count as cancelled."""
    totals = frame.totals
    return PipelineStats(
        items_processed=totals.succeeded,
        items_failed=totals.failed,
        items_in_flight=totals.in_flight,
        queue_sizes={queue.name: queue.messages or 0 for queue in frame.queues},
        stage_stats={group.name: _stage(group) for group in frame.groups},
        items_fed=totals.fed,
        items_dropped=totals.dropped,
        items_cancelled=totals.cancelled,
    )


def _stage(group: Group) -> StageStats:
    return StageStats(
        group.name, group.queued, group.running, group.succeeded, group.failed, group.waiting
    )


def errors(frame: Frame, failed: Iterable[TaskRecord]) -> ErrorSummary:
    """The failures: counted by a frame's groups, listed from the records, newest first."""
    by_type: dict[str, int] = {}
    by_stage: dict[str, int] = {}
    for group in frame.failures:
        by_type[group.exception] = by_type.get(group.exception, 0) + group.count
        by_stage[group.group] = by_stage.get(group.group, 0) + group.count
    listed = [_failed_item(record) for record in failed]
    return ErrorSummary(frame.totals.failed, by_type, by_stage, listed[::-1])


def _failed_item(record: TaskRecord) -> FailedItem:
    error = record.exception or ""
    at = record.failed or record.timestamp or 0.0
    kind = exception_class(error)
    return FailedItem(record.uuid, error, kind, record.name or "", record.retries + 1, at)


def snapshot(state: ClusterState, frame: Frame) -> DashboardSnapshot:
    """A consistent picture."""
    failed, _ = state.find("state:failed", sort="-failed", limit=FAILURES_LISTED)
    return DashboardSnapshot(
        worker_states(state), worker_metrics(state), stats(frame), errors(frame, failed), frame.at
    )
