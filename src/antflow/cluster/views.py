"""The rows that pages show, from the state's records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from antflow.cluster.literals import CUT_AT
from antflow.source import RunningTask, Step, TaskView, WorkerStatus, WorkerView

if TYPE_CHECKING:
    from antflow.cluster.state import TaskRecord, WorkerRecord

RUNNING_SHOWN = 20
"""Running tasks that a worker's row lists at most."""

FINISHED = frozenset({"SUCCESS", "FAILURE", "REVOKED", "REJECTED"})
"""States that a task does not leave by itself."""

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
        finished=finished_at(record),
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
        cut=any(map(is_cut, (record.args, record.kwargs, record.result))),
    )


def finished_at(record: TaskRecord) -> float | None:
    """When the task came into its last state; None while it can go on."""
    match record.state:
        case "SUCCESS":
            return record.succeeded
        case "FAILURE":
            return record.failed
        case "REVOKED":
            return record.revoked
        case "REJECTED":
            return record.rejected
    return None


def is_cut(text: str | None) -> bool:
    """Whether Celery left something out of a text."""
    return text is not None and ("..." in text or len(text) >= CUT_AT)


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
    pool = pool_of(answers)
    queues = queue_names(answers)
    active = record.active if record.online else 0
    return WorkerView(
        name=record.hostname,
        status=_status(record, active, answers, paused),
        pool=pool[0],
        concurrency=pool[1],
        active=active,
        running=_running(record, tasks),
        processed=record.processed,
        succeeded=record.succeeded,
        failed=record.failed,
        retried=record.retried,
        load=record.loadavg,
        queues=queues,
        last_seen=record.last_seen,
        drift=record.drift,
        missed=record.missed,
        version=_version(record),
    )


def silent_worker_view(name: str, answers: Mapping[str, Any]) -> WorkerView:
    """The row of a worker that answers and of which no event came."""
    pool = pool_of(answers)
    active = len(answers.get("active") or ())
    stats = answers.get("stats")
    total = stats.get("total") if isinstance(stats, Mapping) else None
    return WorkerView(
        name=name,
        status="busy" if active else "idle",
        pool=pool[0],
        concurrency=pool[1],
        active=active,
        processed=sum(total.values()) if isinstance(total, Mapping) else 0,
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
    known = [task for uuid in record.running if (task := tasks.get(uuid)) is not None]
    known.sort(key=lambda task: task.started or 0.0)
    return tuple(
        RunningTask(task.uuid, task.name, task.started, task.stuck)
        for task in known[:RUNNING_SHOWN]
    )


def _version(record: WorkerRecord) -> str | None:
    return " ".join(filter(None, (record.sw_ident, record.sw_ver))) or None


def pool_of(answers: Mapping[str, Any]) -> tuple[str | None, int | None]:
    """Kind of a worker's pool and how many tasks it can run at once, from its `stats`."""
    stats = answers.get("stats")
    pool = stats.get("pool") if isinstance(stats, Mapping) else None
    if not isinstance(pool, Mapping):
        return None, None
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
    return tuple(str(queue["name"]) for queue in queues if isinstance(queue, Mapping))
