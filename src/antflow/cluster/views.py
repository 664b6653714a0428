"""The rows that pages show, from the state's records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from antflow.cluster.literals import is_cut
from antflow.source import RunningTask, Step, TaskView, WorkerStatus, WorkerView

if TYPE_CHECKING:
    from antflow.cluster.state import TaskRecord, WorkerRecord

RUNNING_SHOWN = 20
"""Running tasks that a worker's row lists at most."""

_STEPS = ("sent", "received", "started", "retried", "succeeded", "failed", "revoked", "rejected")


def task_view(record: TaskRecord) -> TaskView:
    """A row of the table of tasks."""
    return TaskView(
        id=record.uuid,
        name=record.name,
        state=record.state,
        worker=record.worker,
        args=record.args,
        kwargs=record.kwargs,
        result=record.result,
        exception=record.exception,
        traceback=record.traceback,
        received=record.received,
        started=record.started,
        finished=record.finished,
        eta=record.eta,
        expires=record.expires,
        runtime=record.runtime,
        retries=record.retries,
        queue=record.queue,
        exchange=record.exchange,
        routing_key=record.routing_key,
        root_id=record.root_id,
        parent_id=record.parent_id,
        client=record.client,
        orphaned=record.orphaned is not None,
        stuck=record.stuck,
        cut=any(map(is_cut, filter(None, (record.args, record.kwargs, record.result)))),
    )


def timeline(record: TaskRecord) -> list[Step]:
    """What happened to a task, oldest first; of several attempts the newest one's times."""
    steps = []
    for name in _STEPS:
        at = getattr(record, name)
        if at is not None:
            worker = record.client if name == "sent" else record.worker
            steps.append(Step(name, at, worker=worker, detail=_detail(record, name)))
    if record.orphaned is not None:
        steps.append(Step("orphaned", record.orphaned, worker=record.worker))
    return sorted(steps, key=lambda step: step.at)  # stable: equal times keep their order


def _detail(record: TaskRecord, step: str) -> str | None:
    match step:
        case "sent":
            return f"to {record.queue}" if record.queue else None
        case "received":
            return f"to run at {record.eta}" if record.eta else None
        case "retried":
            return f"attempt {record.retries + 1} follows: {record.exception}"
        case "succeeded":
            return None if record.runtime is None else f"ran {record.runtime:.3f} s"
        case "failed":
            return record.exception
    return None


def worker_view(
    record: WorkerRecord,
    answers: Mapping[str, Any],
    tasks: Mapping[str, TaskRecord],
    paused: frozenset[str] = frozenset(),
) -> WorkerView:
    """A row of the table of workers.

    Args:
        record: what its events told.
        answers: its answers to inspections, by method.
        tasks: the state's tasks.
        paused: queues that are paused; who consumes nothing any more is paused with them.
    """
    pool, concurrency = pool_of(answers)
    running = _running(record, tasks)
    # heartbeats tell some figures, events others; what either has seen counts
    active = max(record.active, len(running)) if record.online else 0
    return WorkerView(
        name=record.hostname,
        status=_status(record, active, answers, paused),
        pool=pool,
        concurrency=concurrency,
        active=active,
        running=running,
        processed=max(record.processed, record.succeeded + record.failed),
        succeeded=record.succeeded,
        failed=record.failed,
        retried=record.retried,
        load=record.loadavg,
        queues=queue_names(answers),
        last_seen=record.last_seen,
        drift=record.drift,
        missed=record.missed,
        version=_version(record),
    )


def silent_worker_view(name: str, answers: Mapping[str, Any]) -> WorkerView:
    """The row of a worker that answers and of which no event came."""
    pool, concurrency = pool_of(answers)
    told, stats = answers.get("active"), answers.get("stats")
    active = len(told) if isinstance(told, list) else 0
    total = stats.get("total") if isinstance(stats, Mapping) else None
    counts = total.values() if isinstance(total, Mapping) else ()
    return WorkerView(
        name=name,
        status="busy" if active else "idle",
        pool=pool,
        concurrency=concurrency,
        active=active,
        processed=sum(count for count in counts if isinstance(count, int)),
        queues=queue_names(answers),
        last_seen=answers.get("timestamp"),
    )


def _status(
    record: WorkerRecord, active: int, answers: Mapping[str, Any], paused: frozenset[str]
) -> WorkerStatus:
    if not record.online:
        return "offline"
    if active or record.running:
        return "busy"
    return "paused" if paused and answers.get("active_queues") == [] else "idle"


def _running(record: WorkerRecord, tasks: Mapping[str, TaskRecord]) -> tuple[RunningTask, ...]:
    return tuple(
        RunningTask(task.uuid, task.name, task.started, task.stuck)
        for task in running_tasks(record, tasks)[:RUNNING_SHOWN]
    )


def running_tasks(record: WorkerRecord, tasks: Mapping[str, TaskRecord]) -> list[TaskRecord]:
    """What a worker runs, the task that started first in front."""
    known = (task for uuid in record.running if (task := tasks.get(uuid)) is not None)
    return sorted(known, key=lambda task: task.started or 0.0)


def _version(record: WorkerRecord) -> str | None:
    return " ".join(filter(None, (record.sw_ident, record.sw_ver))) or None


def pool_of(answers: Mapping[str, Any]) -> tuple[str | None, int | None]:
    """Kind of a worker's pool and how many tasks it can run at once, from its `stats`."""
    stats = answers.get("stats")
    pool = stats.get("pool") if isinstance(stats, Mapping) else None
    return kind_and_size(pool) if isinstance(pool, Mapping) else (None, None)


def kind_and_size(pool: Mapping[str, Any]) -> tuple[str | None, int | None]:
    """Kind of a pool and how many tasks it can run at once, as a worker describes it."""
    # `celery.concurrency.prefork:TaskPool`, and `…thread:TaskPool` for what is called threads.
    kind = str(pool.get("implementation") or "").partition(":")[0].rpartition(".")[2]
    # A pool that grew or shrank still tells the concurrency that it started with.
    processes = pool.get("processes")
    most = len(processes) if isinstance(processes, list) else pool.get("max-concurrency")
    kind = {"thread": "threads"}.get(kind, kind)
    return kind or None, most if isinstance(most, int) else None


def queue_names(answers: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the queues that a worker consumes, from its `active_queues`."""
    queues = answers.get("active_queues")
    if not isinstance(queues, Iterable):
        return ()
    named = (queue for queue in queues if isinstance(queue, Mapping) and "name" in queue)
    return tuple(str(queue["name"]) for queue in named)
