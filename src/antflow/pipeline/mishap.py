"""What a worker does when an attempt raised: another attempt, or the end of the item."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from antflow.interrupts import must_end
from antflow.pipeline.envelope import Envelope
from antflow.pipeline.retry import Waiting, seconds_before_next, worth_another
from antflow.pipeline.traceback import trim

if TYPE_CHECKING:
    from antflow.pipeline.worker import Worker


async def handle(worker: Worker, item: Envelope, error: BaseException, since: float) -> float:
    """An attempt raised: another one, or the end of the item."""
    run, slot = worker.run, worker.slot
    now = run.clock()
    slot.busy += now - since
    if not item.open or (isinstance(error, GeneratorExit) and must_end(error)):
        raise error  # left behind, or thrown in by the interpreter
    worker.survive()
    trim(error)
    if worker.revoked is item:
        worker.revoked = None
        run.cancel(item, worker.station, now, slot.name)
    elif not await _again(worker, item, error, now):
        await _fail(worker, item, error, now)
    if worker.attempt.thread_busy:
        await _until_free(worker)
    worker.rest(now)
    slot.rest()
    return run.clock()


async def _until_free(worker: Worker) -> None:
    """A thread past its timeout goes on; the worker is busy till then."""
    worker.slot.released = True
    worker.slot.waiting_for = "thread"
    while worker.attempt.thread_busy:
        try:
            await worker.attempt.thread.until_free()
        except asyncio.CancelledError:
            worker.survive()


async def _again(worker: Worker, item: Envelope, error: BaseException, now: float) -> bool:
    slot, stage = worker.slot, worker.station.stage
    if not worth_another(stage, slot.attempt, error):
        return False
    entry, run = worker.entry, worker.run
    began = entry.began if entry is not None and entry.item is item else slot.since
    index = slot.index if stage.retry == "per_task" else 0
    value = slot.partial if index else item.value
    failed = Waiting(item, slot.index, value, slot.attempt, began)
    try:
        seconds = seconds_before_next(stage, failed, error, now)
    except KeyboardInterrupt as interrupt:
        run.interrupt(interrupt)
        return False
    if seconds is None:
        return False
    run.retry(item, stage.name, error, slot.attempt + 1, now)
    worker.attempt.tell("retry", error)
    following = Waiting(item, index, value, slot.attempt + 1, began)
    if seconds and not worker.station.postpone(following, seconds):
        return await _sit_out(worker, following, seconds)
    if not seconds:
        worker.station.channel.push(following)
    return True


async def _sit_out(worker: Worker, entry: Waiting, seconds: float) -> bool:
    """Enough items wait for their next attempt: this worker waits too."""
    worker.slot.waiting_for = "retry"
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        worker.survive()
    if worker.revoked is entry.item:
        worker.revoked = None
        worker.run.cancel(entry.item, worker.station, worker.run.clock(), worker.slot.name)
    else:
        worker.station.channel.push(entry)
    return True


async def _fail(worker: Worker, item: Envelope, error: BaseException, now: float) -> None:
    slot, stage = worker.slot, worker.station.stage
    slot.failed += 1
    worker.attempt.tell("fail", error)
    worker.run.fail(item, worker.station, error, slot.attempt, now, slot.name)
    slot.released = True
    try:
        if stage.on_failure is not None:
            await worker.tell(stage.on_failure, item, error, item.value)
    finally:
        waiter = worker.run.close(item)
    if isinstance(error, KeyboardInterrupt):
        worker.run.interrupt(error)
    if waiter is not None:
        await worker.blocked(waiter)
