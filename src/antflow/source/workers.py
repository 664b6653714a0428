"""Workers, as pages show them.

Times are Unix seconds, durations and ages seconds; None: unknown.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

WorkerStatus = Literal["busy", "idle", "paused", "offline"]


class RunningTask(Struct, frozen=True, gc=False):
    """A task in a worker's hands.

    Attributes:
        id: its id, as text.
        name: its type, or the running task's name or status text.
        started: when the worker took it.
        stuck: runs far longer than its group's usual time (5 times the p95).
        waiting_for: what holds it up (`room`, `retry`, `rate`, …); None: it runs.
    """

    id: str
    name: str | None = None
    started: float | None = None
    stuck: bool = False
    waiting_for: str | None = None


class WorkerView(Struct, frozen=True, gc=False):
    """A row of the table of workers.

    Attributes:
        name: `Fetch-W0` or `celery@host`.
        status: see `WorkerStatus`.
        group: its stage; None for a worker of a cluster.
        pool: `prefork`, `threads`, …; None where unknown or local.
        concurrency: tasks it can run at once.
        active: tasks it runs.
        running: those tasks (the oldest 20).
        processed: tasks that it ended, in whatever way.
        succeeded: …of these, well.
        failed: …of these, for good.
        retried: further attempts; None: they are not counted.
        load: load averages of its machine over 1, 5 and 15 minutes.
        queues: names of the queues it consumes.
        last_seen: when it last gave a sign.
        drift: its clock less ours, in seconds.
        missed: tasks it processed that no event told of.
        version: its software, such as `py-celery 5.7.0`.
    """

    name: str
    status: WorkerStatus
    group: str | None = None
    pool: str | None = None
    concurrency: int | None = None
    active: int = 0
    running: tuple[RunningTask, ...] = ()
    processed: int = 0
    succeeded: int = 0
    failed: int = 0
    retried: int | None = 0
    load: tuple[float, float, float] | None = None
    queues: tuple[str, ...] = ()
    last_seen: float | None = None
    drift: float = 0.0
    missed: int = 0
    version: str | None = None


class WorkerDetail(Struct, frozen=True):
    """One worker in full.

    Attributes:
        worker: its row.
        sections: raw answers by name (`stats`, `active`, `conf`, …), secrets removed.
        asked: when those answers came; None: never.
        error: why there are none, or not all.
    """

    worker: WorkerView
    sections: dict[str, Any] = {}
    asked: float | None = None
    error: str | None = None
