"""What time alone changes: workers fall silent and are forgotten, tasks run too long."""

from __future__ import annotations

from typing import Final

from antflow.cluster.state.applying import abandon, go_offline
from antflow.cluster.state.books import Books
from antflow.cluster.state.type_meter import TypeMeter

SILENT: Final = 2  # heartbeats
GONE_AFTER: Final = 2.0  # seconds after a worker said that it goes
STUCK_TIMES: Final = 5  # times the p95 of the type
STUCK_AFTER: Final = 20  # finished tasks, before which nothing is usual
STUCK_AT_LEAST: Final = 5.0  # seconds


def watch_over(books: Books, now: float, purge: float | None, judging: bool = True) -> None:
    """Look through workers and task types; never through tasks."""
    for watch in list(books.watches.values()):
        worker = watch.record
        allowed = SILENT * worker.freq + watch.excused
        if judging and worker.online and now - worker.last_seen > allowed:
            go_offline(books, watch, now)
        since = watch.offline_since
        if judging and worker.running and since is not None and now - since > GONE_AFTER:
            abandon(books, watch, now)
        if purge is not None and since is not None and now - since > purge:
            books.dismiss(watch, now)
    for meter in books.meters.types.values():
        if meter.running_since:
            find_stuck(books, meter, now)


def find_stuck(books: Books, meter: TypeMeter, now: float) -> None:
    """Mark what runs far longer than its type usually does."""
    if meter.runtime.count < STUCK_AFTER:
        return
    (usual,) = meter.runtime.quantiles((0.95,))
    limit = max(STUCK_AT_LEAST, STUCK_TIMES * (usual or 0.0))
    running = meter.running_since
    while running:
        uuid, since = next(iter(running.items()))
        if now - since <= limit:
            return
        del running[uuid]
        meter.stuck[uuid] = since
        task = books.tasks[uuid]
        task.stuck = True
        books.applied.tasks[uuid] = task
