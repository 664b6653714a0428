"""Events in: read, sorted out, handed to what they concern."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

from msgspec import ValidationError, convert

from antflow.cluster.state.books import Books
from antflow.cluster.state.merging import HANDLERS, Handler, describe
from antflow.cluster.state.pair import SENDINGS
from antflow.cluster.state.quick import QUICK, Quick
from antflow.cluster.state.schema import (
    Failed,
    Heartbeat,
    Received,
    Sent,
    Succeeded,
    TaskTold,
    Told,
    cleaned,
    sound,
)
from antflow.cluster.state.watch import Watch

log = logging.getLogger("antflow.cluster")

CLIENTS: Final = "(clients)"
"""What task-sent events are counted under: clients come and go with every process."""

TASK_EVENTS: Final[dict[str, type[TaskTold]]] = {
    "task-received": Received,
    "task-started": TaskTold,
    "task-succeeded": Succeeded,
    "task-failed": Failed,
    "task-retried": Failed,
    "task-revoked": TaskTold,
    "task-rejected": TaskTold,
}
WAYS: Final[dict[str, tuple[type[TaskTold], Quick | None, Handler]]] = {
    kind: (schema, QUICK.get(kind), HANDLERS[kind]) for kind, schema in TASK_EVENTS.items()
}
"""How an event of a task is read, its short way if there is one, and its long way."""


def take_task(books: Books, told: Any, handle: Callable[..., None], now: float) -> None:
    """Apply an event of a task on a worker."""
    watch = seen(books, told, now)
    if told.timestamp is None:
        told.timestamp = now
    uuid = told.uuid
    task = books.tasks.get(uuid)
    if task is None:
        uuid = told.uuid = sound(uuid)
        name = getattr(told, "name", None)
        task = books.tasks.get(uuid) or books.create(uuid, name, told.timestamp)
        if task is None:
            return
    handle(books, task, watch, told, now)
    books.applied.tasks[uuid] = task


def take_sent(books: Books, told: Sent, now: float) -> None:
    """Apply a task-sent event; it comes from a client, which is no worker."""
    at = now if told.timestamp is None else told.timestamp
    told.uuid = sound(told.uuid)
    task = books.tasks.get(told.uuid) or books.create(told.uuid, told.name, at)
    if task is None:
        return
    if told.name is not None and task.name is None:
        books.rename(task, told.name)
    books.meters.pair(CLIENTS, task.name).counts[SENDINGS] += 1
    first = task.sent is None
    describe(books, task, told, newer=False)
    if first:
        task.client = books.share(told.hostname)
    if first or at >= (task.sent or 0.0):
        task.sent = at
        for name in ("queue", "exchange", "routing_key"):
            value = getattr(told, name)
            if value is not None:
                setattr(task, name, books.share(sound(value)))
    books.applied.tasks[task.uuid] = task


def take_worker(books: Books, told: Heartbeat, kind: str, now: float) -> None:
    """Apply an event of a worker."""
    watch = seen(books, told, now)
    watch.beat(told)
    if kind == "worker-offline" and not watch.is_late(told):
        late = told.clock is not None and told.clock < watch.record.clock
        if not late and (told.pid is None or told.pid == watch.record.pid):
            watch.closed = told.clock
            go_offline(books, watch, now, said=True)


def seen(books: Books, told: Told, now: float) -> Watch:
    """The watch of an event's worker, with what every event says of it noted."""
    watch = books.watches.get(told.hostname)
    if watch is None:
        watch = books.meet(sound(told.hostname), now)
        watch.record.pid = told.pid
    worker = watch.record
    if told.pid != worker.pid and told.pid is not None:
        _change_process(books, watch, told, now)
    if watch.batch != books.batch:
        watch.batch = books.batch
        books.applied.workers.add(watch.host)
        watch.sample(told, now)
        worker.last_seen = max(worker.last_seen, now)
        watch.excused = 0.0
    if not worker.online and not watch.is_late(told):
        come_online(books, watch)
    if told.timestamp is not None and (
        worker.timestamp is None or told.timestamp > worker.timestamp
    ):
        worker.timestamp = told.timestamp
    if told.clock is not None and told.clock > worker.clock and told.pid == worker.pid:
        worker.clock = told.clock
    return watch


def _change_process(books: Books, watch: Watch, told: Told, now: float) -> None:
    if watch.record.pid is None:
        watch.record.pid = told.pid
    elif watch.is_restart(told):
        abandon(books, watch, now)
        watch.lost.clear()
        watch.restarted(told.pid)


def abandon(books: Books, watch: Watch, now: float) -> None:
    """Mark what a worker ran as orphaned; its figures go to 0."""
    running = watch.record.running
    for uuid in running:
        books.orphan(books.tasks[uuid], now)
        watch.lost[uuid] = None
    running.clear()
    watch.record.active = 0
    for pair in watch.pairs.values():
        pair.prefetched = 0


def go_offline(books: Books, watch: Watch, now: float, *, said: bool = False) -> None:
    """A worker is gone, or says nothing.

    One that said so itself may be back at once, running what it ran: workers say it whenever they
    lost their broker, and are heard when they have it again. `watch_over` sees to the others.
    """
    if not watch.record.online:
        return
    watch.record.online = False
    watch.offline_since = now
    watch.record.active = 0
    if not said:
        abandon(books, watch, now)
    books.applied.workers.add(watch.host)


def come_online(books: Books, watch: Watch) -> None:
    """A worker is back; what it ran, and nobody else has now, it runs still."""
    watch.record.online = True
    watch.offline_since = watch.closed = None
    for uuid in watch.lost:
        task = books.tasks.get(uuid)
        if task is not None and task.orphaned is not None and task.worker == watch.host:
            books.heal(task)
            watch.record.running[uuid] = None
            books.meters.of(task.name).running_since[uuid] = watch.record.last_seen
            books.applied.tasks[uuid] = task
    watch.lost.clear()


def read(event: Any, schema: type[Any]) -> Any:
    """The event as a record; None where it cannot be one."""
    try:
        return convert(event, schema)
    except ValidationError:
        return cleaned(event, schema)


def mended(event: Any) -> Any:
    """An event of a task that does not fit, as a record; None where it cannot be one."""
    try:
        return cleaned(event, WAYS[event["type"]][0])
    except Exception:
        log.debug("an event could not be read", exc_info=True)
        return None


def apply_all(books: Books, events: Any, now: float) -> None:
    """Apply events in the order they came; one that cannot be read costs itself alone."""
    watches, batch, applied = books.watches, books.batch, books.applied
    told: Any
    host = pid = None  # of the worker at hand: events mostly come in runs of one worker
    for event in events:
        try:
            way = WAYS.get(event["type"])
            if way is None:
                host = None
                applied.malformed += not _take_other(books, event, event["type"], now)
                continue
            schema, quick, handle = way
            told = convert(event, schema)
        except Exception:
            told = mended(event)
            if told is None:
                applied.malformed += 1
                continue
        try:
            if told.hostname != host or told.pid != pid:
                host, pid = told.hostname, told.pid
                watch = watches.get(host) or seen(books, told, now)
                if watch.batch != batch or watch.record.pid != pid:
                    watch = seen(books, told, now)
                worker = watch.record
                newest = worker.timestamp or 0.0
                steady = worker.online and worker.pid == pid
            at = told.timestamp
            if steady and quick is not None and at is not None:
                if at > newest:
                    newest = worker.timestamp = at
                task = quick(books, watch, told, at, now)
                if task is not None:
                    applied.tasks[task.uuid] = task
                    continue
            host = None
            take_task(books, told, handle, now)
        except Exception:
            host = None
            log.exception("an event could not be applied")
            applied.malformed += 1


def _take_other(books: Books, event: Any, kind: str, now: float) -> bool:
    """Apply what is no event of a task on a worker; False where it cannot be read."""
    if kind == "task-sent":
        sent = read(event, Sent)
        if sent is not None:
            take_sent(books, sent, now)
        return sent is not None
    if kind in ("worker-heartbeat", "worker-online", "worker-offline"):
        told = read(event, Heartbeat)
        if told is not None:
            take_worker(books, told, kind, now)
        return told is not None
    books.meters.count_unknown(str(kind))
    return isinstance(kind, str)
