"""The rows of the screen's tables, from a frame."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from rich.text import Text

from antflow.source import Frame

Cells = list[str | Text]
Rows = dict[str, Cells]
"""Cells by the row's key."""

MARKS: Final = {"busy": "●", "idle": "○", "paused": "‖", "offline": "×"}
STYLES: Final = {"busy": "cyan", "idle": "green", "paused": "yellow", "offline": "red"}


def seconds(value: float | None) -> str:
    """`1.2 s`, `340 ms`, `3:05`; empty where it is unknown."""
    if value is None:
        return ""
    if value < 1:
        return f"{value * 1000:.0f} ms"
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(int(value), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def count(value: int | None) -> str:
    """With commas; empty where it is unknown."""
    return "" if value is None else f"{value:,}"


def workers(frame: Frame) -> Rows:
    """Name, status, active of concurrency, counts, load, queues, what it runs."""
    rows: Rows = {}
    for worker in frame.workers:
        status = Text(f"{MARKS[worker.status]} {worker.status}", STYLES[worker.status])
        of = "" if worker.concurrency is None else f"/{worker.concurrency}"
        load = " ".join(f"{part:.2f}" for part in worker.load or ())
        running = ", ".join(task.name or task.id for task in worker.running[:3])
        rows[worker.name] = [
            worker.name,
            status,
            f"{worker.active}{of}",
            count(worker.processed),
            count(worker.failed),
            load,
            " ".join(worker.queues),
            running,
        ]
    return rows


def tasks(frame: Frame) -> Rows:
    """What runs, the longest first."""
    now = time.time()
    found = [(worker.name, task) for worker in frame.workers for task in worker.running]
    found.sort(key=lambda pair: pair[1].started or now)
    return {
        task.id: [
            task.id,
            task.name or "",
            worker,
            seconds(None if task.started is None else max(0.0, now - task.started)),
            Text("stuck", "bold red") if task.stuck else task.waiting_for or "",
        ]
        for worker, task in found
    }


def groups(frame: Frame) -> Rows:
    """Types of tasks, or stages."""
    return {
        group.name: [
            group.name,
            count(group.queued),
            count(group.running),
            count(group.succeeded),
            Text(count(group.failed), "red" if group.failed else ""),
            f"{group.rate_out:.1f}",
            seconds(group.running_time.p50),
            seconds(group.running_time.p95),
            seconds(group.waiting_time.p95),
            group.bottleneck or ("paused" if group.paused else ""),
        ]
        for group in frame.groups
    }


def queues(frame: Frame) -> Rows:
    """Queues with their depth."""
    now = time.time()
    return {
        queue.name: [
            queue.name,
            count(queue.messages),
            count(queue.ready),
            count(queue.unacked),
            count(queue.consumers),
            ("≥ " if queue.oldest_at_least else "")
            + seconds(None if queue.oldest is None else max(0.0, now - queue.oldest)),
            Text("paused", "yellow") if queue.paused else "",
        ]
        for queue in frame.queues
    }


def failures(frame: Frame) -> Rows:
    """Groups of failures, the largest first."""
    return {
        f"{failure.exception} {failure.group}": [
            failure.exception,
            failure.group,
            count(failure.count),
            time.strftime("%H:%M:%S", time.localtime(failure.last)),
            " ".join(failure.message.split())[:120],
        ]
        for failure in frame.failures
    }


TABLES: Final[dict[str, tuple[tuple[str, ...], Callable[[Frame], Rows]]]] = {
    "workers": (
        ("worker", "status", "active", "processed", "failed", "load", "queues", "runs"),
        workers,
    ),
    "running": (("task", "type", "worker", "for", ""), tasks),
    "types": (
        ("type", "waiting", "running", "ok", "failed", "/s", "p50", "p95", "waits p95", ""),
        groups,
    ),
    "queues": (
        ("queue", "messages", "ready", "unacked", "consumers", "oldest", ""),
        queues,
    ),
    "failures": (("exception", "type", "count", "last", "message"), failures),
}
"""By tab: the heads of the columns, and the rows."""
