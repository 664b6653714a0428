"""Records from elsewhere: the history, and what workers and the result backend answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from antflow.cluster.state.books import Books
from antflow.cluster.state.record import (
    ENDED,
    FAILURE,
    FINISHED,
    RANK,
    RECEIVED,
    RETRY,
    STARTED,
    SUCCESS,
    TaskRecord,
)

TIMES: Final = (
    *("received", "sent", "started", "rejected", "succeeded", "failed", "retried", "revoked"),
    "timestamp",
)
TEXTS: Final = (
    *("worker", "client", "args", "kwargs", "eta", "expires", "result", "exception"),
    *("traceback", "exchange", "routing_key", "queue", "root_id", "parent_id"),
)
SHARED: Final = frozenset({"worker", "client", "exchange", "routing_key", "queue"})


def restore(books: Books, records: Iterable[TaskRecord], now: float) -> int:
    """See `ClusterState.restore`."""
    restored = 0
    new = {record.uuid: record for record in records if record.uuid not in books.tasks}
    room = books.max_tasks - len(books.tasks)
    for record in sorted(new.values(), key=_place)[max(0, len(new) - room) :]:
        task = books.create(record.uuid, record.name, _place(record))
        if task is not None:
            _fill(books, task, record)
            if record.state in RANK:
                books.shift(task, record.state)
                _adopt(books, task, now)
            if record.orphaned is not None:
                books.orphan(task, record.orphaned)
            restored += 1
    return restored


def learn(books: Books, updates: Iterable[TaskRecord], now: float) -> None:
    """See `ClusterState.learn`."""
    for update in updates:
        place = _place(update) or now
        task = books.tasks.get(update.uuid) or books.create(update.uuid, update.name, place)
        if task is None:
            continue
        if task.name is None and update.name is not None:
            books.rename(task, update.name)
        if update.state in RANK and _goes_on(task, update):
            _follow(books, task, update, now)
        _fill(books, task, update)
        if task.received is not None:
            books.order.add(task, task.received)
        books.applied.tasks[task.uuid] = task


def _place(record: TaskRecord) -> float:
    """Where a record stands in the order of tasks."""
    return record.received or record.sent or record.timestamp or record.started or 0.0


def _goes_on(task: TaskRecord, update: TaskRecord) -> bool:
    """Whether an update is of a later moment than what is known."""
    if task.state in FINISHED:
        return FINISHED.get(update.state, 0) > FINISHED[task.state]
    if update.state in FINISHED:
        return True
    if task.orphaned is not None and update.state == STARTED:
        return update.worker != task.worker or (update.started or 0) > (task.started or 0)
    later = update.timestamp is not None and update.timestamp > (task.timestamp or 0.0)
    if RETRY in (task.state, update.state):
        return later
    return RANK[update.state] > RANK[task.state] or (
        later and update.worker not in (None, task.worker) and RANK[update.state] > 1
    )


def _follow(books: Books, task: TaskRecord, update: TaskRecord, now: float) -> None:
    """Give a task the state of an update."""
    if task.state == FAILURE:
        books.failures.remove(task)
    books.shift(task, update.state)
    if update.worker is not None and update.worker != task.worker:
        task.worker = books.share(update.worker)
        task.started = None
    for name in ("started", "exception", "traceback", "result", "runtime", "timestamp"):
        value = getattr(update, name)
        if value is not None:
            setattr(task, name, value)
    _adopt(books, task, now)
    if update.state in FINISHED:
        _count_end(books, task)


def _count_end(books: Books, task: TaskRecord) -> None:
    """An event that tells of it later is left out as a double, for the worker as for the type."""
    name = ENDED[task.state]
    meter = books.meters.of(task.name)
    setattr(meter, name, getattr(meter, name) + 1)
    watch = books.watches.get(task.worker or "")
    if watch is not None:
        setattr(watch.record, name, getattr(watch.record, name) + 1)
        books.applied.workers.add(watch.host)


def _fill(books: Books, task: TaskRecord, record: TaskRecord) -> None:
    """Take over what is not known yet."""
    for name in (*TIMES, *TEXTS, "runtime"):
        if getattr(task, name) is None:
            value = getattr(record, name)
            if value is not None:
                setattr(task, name, books.share(value) if name in SHARED else value)
    task.retries = max(task.retries, record.retries)
    if task.root_id == task.uuid:
        task.root_id = task.uuid
    if task.parent_id is not None or task.root_id is not None:
        books.kinship.add(task)
    task._text = None


def _adopt(books: Books, task: TaskRecord, now: float) -> None:
    """Count a task in a state that no event told of."""
    watch = None
    if task.worker is not None and task.state in (RECEIVED, STARTED):
        watch = books.meet(task.worker, now)
        task.worker = watch.host
    if task.state in ENDED:
        books.end(task)
        if task.state == FAILURE:
            books.failures.add(task, task.failed or now)
        if task.runtime is not None and task.state == SUCCESS:
            books.meters.of(task.name).runtime.put(max(0.0, task.runtime))
    elif task.state == STARTED:
        books.meters.of(task.name).running_since[task.uuid] = now
        if watch is not None:
            watch.record.running[task.uuid] = None
            if not watch.record.online:
                books.orphan(task, now)
    elif task.state == RECEIVED and watch is not None and task.eta is None:
        watch.pair(task.name, books.meters).prefetched += 1
