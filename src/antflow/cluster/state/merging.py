"""What each kind of event does to a task.

Events come late, doubled and in any order. Whatever the order, the same history ends in the same
state:

- A finished task stays finished; of two ends the one with Celery's higher precedence counts.
- Otherwise the newest event gives the state: by the logical clock within one worker process, by
  attempt and corrected time between two.
- `received` and `started` belong to the newest attempt on the worker that has the task.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from antflow.cluster.search.text import searchable
from antflow.cluster.state.books import Books
from antflow.cluster.state.pair import (
    FAILURES,
    RECEIPTS,
    REJECTIONS,
    RETRIES,
    REVOCATIONS,
    STARTS,
    SUCCESSES,
    Pair,
)
from antflow.cluster.state.record import (
    FAILURE,
    FINISHED,
    RANK,
    RECEIVED,
    REJECTED,
    RETRY,
    REVOKED,
    STARTED,
    SUCCESS,
    TaskRecord,
)
from antflow.cluster.state.schema import (
    Described,
    Failed,
    Received,
    Succeeded,
    TaskTold,
    sound,
)
from antflow.cluster.state.watch import Watch

Handler = Callable[[Books, TaskRecord, Watch, Any, float], None]

_ENDINGS: Final = {SUCCESS: SUCCESSES, FAILURE: FAILURES, REVOKED: REVOCATIONS}


def is_newer(books: Books, task: TaskRecord, watch: Watch, told: TaskTold, state: str) -> bool:
    """Whether an event is of a later moment than what gave a live task its present state."""
    if task.state in FINISHED:
        return False
    if task.worker is None or task.timestamp is None:
        return True
    here = task.worker == watch.host
    if here and told.pid == task._pid and told.clock and task.clock:
        return told.clock > task.clock
    attempts = (told.retries if isinstance(told, Received) else None), task._attempt
    if attempts[0] is not None and attempts[1] is not None and attempts[0] != attempts[1]:
        return attempts[0] > attempts[1]
    there = books.watches.get(task.worker)
    known = task.timestamp - (there.skew if there is not None else 0.0)
    return ((told.timestamp or 0.0) - watch.skew, RANK[state]) > (known, RANK[task.state])


def describe(books: Books, task: TaskRecord, told: Described, newer: bool) -> None:
    """Take over what a task is; what a newer attempt says replaces what an older one said."""
    if told.args is not None and (newer or task.args is None):
        task.args = sound(told.args)
    if told.kwargs is not None and (newer or task.kwargs is None):
        task.kwargs = sound(told.kwargs)
    if told.eta is not None and (newer or task.state != RECEIVED):
        task.eta = sound(told.eta)
    if told.expires is not None:
        task.expires = sound(told.expires)
    if told.retries is not None and told.retries > task.retries:
        task.retries = told.retries
    if told.root_id is not None and task.root_id is None:
        task.root_id = task.uuid if told.root_id == task.uuid else sound(told.root_id)
        if told.parent_id is not None:
            task.parent_id = sound(told.parent_id)
        if told.parent_id is not None or task.root_id is not task.uuid:
            books.kinship.add(task)
    task._text = None


def _move(task: TaskRecord, watch: Watch, told: TaskTold) -> None:
    """The event is the task's newest: it says where the task is and since when."""
    here = task.worker is watch.host
    if not here:
        task.worker = watch.host
        task.received = task.started = None
    if isinstance(told, Received):
        task._attempt = told.retries
    elif not here:
        task._attempt = None
    task.timestamp = told.timestamp
    task.clock = told.clock or 0
    task._pid = watch.record.pid if told.pid == watch.record.pid else told.pid


def on_received(books: Books, task: TaskRecord, watch: Watch, told: Received, now: float) -> None:
    """task-received."""
    newer = is_newer(books, task, watch, told, RECEIVED)
    pair = _named(books, task, watch, told.name)
    pair.counts[RECEIPTS] += 1
    describe(books, task, told, newer)
    at = told.timestamp
    if newer:
        books.shift(task, RECEIVED)
        _move(task, watch, told)
        if task.eta is None:
            pair.prefetched += 1
    elif task.worker is not watch.host:
        return
    if at is not None and (task.received is None or at > task.received):
        task.received = at
        if task.started is not None and task.started < at:
            task.started = None
        books.order.add(task, at)
        watch.record.received += 1
        pair.meter.received += 1


def on_started(books: Books, task: TaskRecord, watch: Watch, told: TaskTold, now: float) -> None:
    """task-started."""
    newer = is_newer(books, task, watch, told, STARTED)
    pair = watch.pair(task.name, books.meters)
    pair.counts[STARTS] += 1
    at = told.timestamp or now
    if newer:
        if task.state == RETRY:
            task._attempt = None  # the next one, whose task-received was missed
        books.shift(task, STARTED)
        _move(task, watch, told)
        watch.record.running[task.uuid] = None
        pair.meter.running_since[task.uuid] = now
        watch.ran += 1
        task.started = None
    elif task.worker is not watch.host or (task.started is not None and at <= task.started):
        return
    if task.received is None or at >= task.received:
        task.started = at
        if task.received is not None and task.eta is None:
            pair.prefetch_time = at - task.received
            pair.meter.waiting_time.put(pair.prefetch_time)
    watch.record.started += 1
    pair.meter.started += 1
    if newer and not watch.record.online:
        books.orphan(task, now)


def _finish(
    books: Books, task: TaskRecord, watch: Watch, told: TaskTold, state: str
) -> Pair | None:
    """Give a task its end; None where it had this one, or a weightier one, before."""
    pair = watch.pair(task.name, books.meters)
    pair.counts[_ENDINGS[state]] += 1
    before = task.state
    if before in FINISHED:
        if FINISHED[before] >= FINISHED[state]:
            return None
        if before == FAILURE:
            books.failures.remove(task)
    books.shift(task, state)
    _move(task, watch, told)
    if task.started is None and state != REVOKED:
        watch.ran += 1
    books.end(task)
    return pair


def on_succeeded(books: Books, task: TaskRecord, watch: Watch, told: Succeeded, now: float) -> None:
    """task-succeeded."""
    pair = _finish(books, task, watch, told, SUCCESS)
    if pair is None:
        return
    task.succeeded = at = told.timestamp
    if told.result is not None:
        task.result = sound(told.result)
    runtime = told.runtime
    if runtime is None and task.started is not None and at is not None:
        runtime = max(0.0, at - task.started)
    if runtime is not None:
        task.runtime = runtime
        pair.meter.runtime.put(runtime)
        pair.histogram().add(runtime)
    watch.record.succeeded += 1
    pair.meter.succeeded += 1
    searchable(task)


def on_failed(books: Books, task: TaskRecord, watch: Watch, told: Failed, now: float) -> None:
    """task-failed."""
    pair = _finish(books, task, watch, told, FAILURE)
    if pair is None:
        return
    task.failed = told.timestamp
    _blame(task, told)
    watch.record.failed += 1
    pair.meter.failed += 1
    books.failures.add(task, now)
    searchable(task)


def on_revoked(books: Books, task: TaskRecord, watch: Watch, told: TaskTold, now: float) -> None:
    """task-revoked."""
    pair = _finish(books, task, watch, told, REVOKED)
    if pair is None:
        return
    task.revoked = told.timestamp
    watch.record.revoked += 1
    pair.meter.revoked += 1


def on_retried(books: Books, task: TaskRecord, watch: Watch, told: Failed, now: float) -> None:
    """task-retried: this attempt failed, another is to come."""
    pair = watch.pair(task.name, books.meters)
    pair.counts[RETRIES] += 1
    newer = is_newer(books, task, watch, told, RETRY)
    if newer:
        if task.started is None:
            watch.ran += 1
        books.shift(task, RETRY)
        _move(task, watch, told)
    if newer or task.exception is None:
        _blame(task, told)
    at = told.timestamp
    if at is not None and (task.retried is None or at > task.retried):
        task.retried = at
        watch.record.retried += 1
        pair.meter.retried += 1


def on_rejected(books: Books, task: TaskRecord, watch: Watch, told: TaskTold, now: float) -> None:
    """task-rejected: the worker gave it back, or away."""
    pair = watch.pair(task.name, books.meters)
    pair.counts[REJECTIONS] += 1
    if is_newer(books, task, watch, told, REJECTED):
        books.shift(task, REJECTED)
        _move(task, watch, told)
        books.end(task)
    at = told.timestamp
    if at is not None and (task.rejected is None or at > task.rejected):
        task.rejected = at
        pair.meter.rejected += 1


def _named(books: Books, task: TaskRecord, watch: Watch, name: str | None) -> Pair:
    """The figures of the task's type here, once the task has its type."""
    if name is not None and task.name != name:
        books.rename(task, name)
    return watch.pair(task.name, books.meters)


def _blame(task: TaskRecord, told: Failed) -> None:
    if told.exception is not None:
        task.exception = sound(told.exception)
    if told.traceback is not None:
        task.traceback = sound(told.traceback)
    task._text = None


HANDLERS: Final[dict[str, Handler]] = {
    "task-received": on_received,
    "task-started": on_started,
    "task-succeeded": on_succeeded,
    "task-failed": on_failed,
    "task-retried": on_retried,
    "task-revoked": on_revoked,
    "task-rejected": on_rejected,
}
