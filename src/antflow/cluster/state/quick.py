"""The short way for what comes nearly always: a task received, started and succeeded, in order.

Each function does what its namesake in `merging` would, where nothing is unusual, and returns
None having done nothing where something is. A test holds the two ways against each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from antflow.cluster.state.books import Books
from antflow.cluster.state.pair import RECEIPTS, STARTS, SUCCESSES
from antflow.cluster.state.record import RECEIVED, STARTED, SUCCESS, TaskRecord
from antflow.cluster.state.schema import Received, Succeeded, TaskTold
from antflow.cluster.state.watch import Watch

Known = TaskRecord | None
Quick = Callable[[Books, Watch, Any, float, float], Known]


def received(books: Books, watch: Watch, told: Received, at: float, now: float) -> Known:
    """task-received of a task that nothing was heard of before."""
    uuid, args, kwargs = told.uuid, told.args, told.kwargs
    tasks, pair = books.tasks, watch.pairs.get(told.name)
    if (
        uuid in tasks
        or uuid in books.left
        or pair is None
        or args is None
        or kwargs is None
        or told.parent_id is not None
        or told.eta is not None
        or told.expires is not None
        or told.root_id != uuid
        or not (uuid.isascii() and args.isascii() and kwargs.isascii())
    ):
        return None
    if len(tasks) >= books.max_tasks:
        books.make_room()
    task = TaskRecord(
        uuid,
        pair.name,
        RECEIVED,
        watch.host,
        None,
        at,
        args=args,
        kwargs=kwargs,
        timestamp=at,
        clock=told.clock or 0,
        root_id=uuid,
        _pid=watch.record.pid,
        _attempt=told.retries,
        _order=at,
    )
    if told.retries:
        task.retries = told.retries
    tasks[uuid] = task
    books.order.pending.append(task)
    meter = pair.meter
    meter.states[RECEIVED] += 1
    meter.received += 1
    pair.counts[RECEIPTS] += 1
    pair.prefetched += 1
    watch.record.received += 1
    return task


def started(books: Books, watch: Watch, told: TaskTold, at: float, now: float) -> Known:
    """task-started, right after its task-received on the same worker."""
    uuid, clock = told.uuid, told.clock or 0
    task = books.tasks.get(uuid)
    if (
        task is None
        or task.state is not RECEIVED
        or task.worker is not watch.host
        or task._pid != told.pid
        or task.eta is not None
        or task.received is None
        or not 0 < task.clock < clock
        or at < task.received
    ):
        return None
    pair = watch.pairs.get(task.name)
    if pair is None:
        return None
    task.state = STARTED
    task.started = task.timestamp = at
    task.clock = clock
    meter = pair.meter
    states = meter.states
    states[RECEIVED] -= 1
    states[STARTED] += 1
    meter.started += 1
    meter.running_since[uuid] = now
    pair.prefetch_time = wait = at - task.received
    meter.waiting_time.put(wait)
    pair.counts[STARTS] += 1
    if pair.prefetched:
        pair.prefetched -= 1
    worker = watch.record
    worker.running[uuid] = None
    worker.started += 1
    watch.ran += 1
    return task


def succeeded(books: Books, watch: Watch, told: Succeeded, at: float, now: float) -> Known:
    """task-succeeded, of a task started on the same worker."""
    uuid, result, runtime = told.uuid, told.result, told.runtime
    task = books.tasks.get(uuid)
    if (
        task is None
        or task.state is not STARTED
        or task.worker is not watch.host
        or task._pid != told.pid
        or task.started is None
        or task.orphaned is not None
        or task.stuck
        or runtime is None
        or result is None
        or not result.isascii()
    ):
        return None
    pair = watch.pairs.get(task.name)
    if pair is None:
        return None
    task.state = SUCCESS
    task.succeeded = task.timestamp = at
    task.clock = told.clock or 0
    task.result = result
    task.runtime = runtime
    task._text = (
        f"{uuid}\n{task.name or ''}\n{task.args or ''}\n{task.kwargs or ''}\n"
        f"{result}\n{task.exception or ''}\n{task.worker}"
    ).lower()
    meter = pair.meter
    states = meter.states
    states[STARTED] -= 1
    states[SUCCESS] += 1
    meter.succeeded += 1
    meter.running_since.pop(uuid, None)
    meter.runtime.put(runtime)
    pair.counts[SUCCESSES] += 1
    (pair.runtimes or pair.histogram()).add(runtime)
    worker = watch.record
    worker.running.pop(uuid, None)
    worker.succeeded += 1
    books.done.append(task)
    return task


QUICK: Final[dict[str, Quick]] = {
    "task-received": received,
    "task-started": started,
    "task-succeeded": succeeded,
}
