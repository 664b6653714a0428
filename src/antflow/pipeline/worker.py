"""`Worker`: the loop that takes an item, runs the stage's tasks on it and gives it on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from antflow.callbacks import Guard
from antflow.context import current_scope
from antflow.interrupts import must_end
from antflow.pipeline.attempt import Attempt
from antflow.pipeline.envelope import Envelope
from antflow.pipeline.ledger import Slot
from antflow.pipeline.retry import Waiting, seconds_before_next, worth_another
from antflow.pipeline.scope import Scope
from antflow.pipeline.station import Station
from antflow.tracker.delivery import Pressure
from antflow.types import DROP

if TYPE_CHECKING:
    from antflow.pipeline.run import Run


class Worker:
    """One worker of a stage in one run.

    Args:
        run: the run it works for, which keeps the books.
        station: its stage in this run.
        slot: its place in the ledger.
    """

    def __init__(self, run: Run, station: Station, slot: Slot) -> None:
        self.run = run
        self.station = station
        self.slot = slot
        self._skip_guard = Guard(f"skip_if of {slot.name} (taken as: not skipped)", logging.WARNING)
        self._revoked: Envelope | None = None
        self._entry: Waiting | None = None
        self._attempt = Attempt(slot, station, run.clock, run.record, run.hook)
        slot.epoch = station.place.epoch
        slot.rest()
        self.task = asyncio.create_task(self.work(), name=slot.name)

    def _performer(self) -> Callable[[Any], Any]:
        """The shortest way of running the tasks that the stage allows."""
        if not self.station.plain or self.run.hook is not None:
            return self._attempt.perform
        return self.station.stage.tasks[0] if len(self.station.stage.tasks) == 1 else self._chain

    async def _chain(self, value: Any) -> Any:
        slot = self.slot
        tasks = slot.stage.tasks
        for index in range(slot.index, len(tasks)):
            slot.index = index
            slot.partial = value
            value = await tasks[index](value)
            if slot.attempt != 1 and slot.stage.retry == "per_task":
                slot.attempt = 1
            if value is DROP:
                break
        slot.index = 0
        slot.partial = None
        return value

    async def work(self) -> None:  # noqa: C901, PLR0912, PLR0915
        """Take items until told to end. Written out flat: this is the hot path."""
        run, slot, station = self.run, self.slot, self.station
        current_scope.set(Scope(slot, station, run.clock))
        clock, turns, record, name = run.clock, run.turns, run.record, slot.name
        pressure = record.pressure if record is not None else Pressure()
        channel, forward, place = station.channel, station.forward, station.place
        urgent, givers = channel.urgent, channel.givers
        plain, full = self._performer(), self._attempt.perform
        skip_if, on_success = station.stage.skip_if, station.stage.on_success
        resumed = False
        now = clock()
        while True:
            if now > turns.deadline or pressure.full:
                now = await self._give_way(now)
            if urgent:
                entry = urgent.popleft()
                if entry is None:
                    channel.orders -= 1
                    break
                resumed = True
                item, value = self._resume(entry)
            else:
                try:
                    item = channel.items.popleft()
                except IndexError:
                    now = await self._wait(now)
                    continue
                if givers:
                    channel.admit()
                if skip_if is not None:
                    skipped = await self._skipped(item, now)
                    now = clock()
                    if skipped:
                        continue
                value = item.value
            slot.item = item
            slot.since = now
            if record is not None:
                record.started(item, place, name, now)
            try:
                if record is not None and record.task_listening:
                    value = await full(value)
                else:
                    value = await plain(value)
            except BaseException as error:
                now = await self._trouble(item, error, now)
                continue
            end = clock()
            slot.busy += end - now
            now = end
            if value is DROP or self._revoked is not None:
                self._withdrawn(item, now)
                continue
            slot.processed += 1
            if resumed:
                resumed = False
                slot.attempt = 1
            if on_success is not None:
                await self._tell(on_success, item, value)
            item.value = value
            if record is not None:
                item.visit.ended = now  # type: ignore[union-attr]
                if record.listening:
                    record.passed(item, place, name, now)
            waiter = forward(item)
            if waiter is not None:
                now = await self._blocked(waiter)
        self._rest(now)
        slot.rest()

    def close(self) -> None:
        """Let go of the worker's thread; it ends after the call that it runs."""
        self._attempt.close()

    async def _wait(self, now: float) -> float:
        """Nothing to take: wait for it."""
        self._rest(now)
        try:
            await self.station.channel.wait()
        except asyncio.CancelledError:
            self._survive()
        return self.run.clock()

    def _rest(self, now: float) -> None:
        """No item is at hand."""
        slot = self.slot
        if slot.item is not None:
            slot.item = None
            slot.last = now

    async def _give_way(self, now: float) -> float:
        """Let the rest of the loop, and subscribers with a full buffer, have their turn."""
        self._rest(now)
        record = self.run.record
        try:
            if record is not None and record.pressure.full:
                await record.room()
            return await self.run.turns.take(self.run.clock)
        except asyncio.CancelledError:
            self._survive()
            return self.run.clock()

    def _resume(self, entry: Waiting) -> tuple[Envelope, Any]:
        self._entry = entry
        self.slot.index = entry.index
        self.slot.attempt = entry.attempt
        return entry.item, entry.value

    async def _blocked(self, waiter: asyncio.Future[None]) -> float:
        """The next stage has no room: the item waits there, and the worker with it."""
        slot = self.slot
        slot.released = True
        slot.waiting_for = "room"
        try:
            await waiter
        except asyncio.CancelledError:
            self._survive()
        slot.released = False
        slot.waiting_for = None
        return self.run.clock()

    def _survive(self) -> None:
        """Go on after a cancellation that was not meant to end the worker; else raise it."""
        if self.task.cancelling():
            if self.run.ending:
                raise asyncio.CancelledError
            while self.task.cancelling():
                self.task.uncancel()

    def revoke(self) -> bool:
        """Cancel the item in the worker's hands; False where it has passed the tasks."""
        slot = self.slot
        if slot.item is None or slot.released or slot.waiting_for == "callback":
            return False
        self._revoked = slot.item
        self.task.cancel()
        return True

    # -- outcomes -----------------------------------------------------------------------------

    async def _skipped(self, item: Envelope, now: float) -> bool:
        """Ask `skip_if`; where it says so, pass the item on unchanged."""
        slot, stage, record = self.slot, self.station.stage, self.run.record
        slot.item = item
        slot.since = now
        slot.waiting_for = "callback"
        skip = await self._ask(stage.skip_if, item.value)
        slot.waiting_for = None
        if not skip:
            return False
        now = self.run.clock()
        slot.skipped += 1
        self.run.skip(item)
        if record is not None:
            record.ended(item, self.station.place, "skipped", now, slot.name)
        if stage.on_skip is not None:
            await self._tell(stage.on_skip, item, item.value)
        waiter = self.station.forward(item)
        if waiter is not None:
            await self._blocked(waiter)
        return True

    def _withdrawn(self, item: Envelope, now: float) -> None:
        """The task filtered the item out, or swallowed the cancellation of a revoked one."""
        slot = self.slot
        slot.attempt = 1
        if self._revoked is item:
            self._revoked = None
            self._survive()
            self.run.cancel(item, self.station, now, slot.name)
        else:
            slot.dropped += 1
            self.run.drop(item, self.station, now, slot.name)

    async def _trouble(self, item: Envelope, error: BaseException, since: float) -> float:
        """An attempt raised: another one, or the end of the item."""
        run, slot = self.run, self.slot
        now = run.clock()
        slot.busy += now - since
        if isinstance(error, GeneratorExit) and must_end(error):
            raise error
        self._survive()
        # the traceback begins at the task, and no longer holds this worker's frame
        error = error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)
        if self._revoked is item:
            self._revoked = None
            run.cancel(item, self.station, now, slot.name)
        elif not await self._again(item, error, now):
            await self._fail(item, error, now)
        if self._attempt.thread_busy:
            await self._until_free()
        self._rest(now)
        slot.rest()
        return run.clock()

    async def _until_free(self) -> None:
        """A thread past its timeout goes on; the worker is busy till then."""
        self.slot.released = True
        self.slot.waiting_for = "thread"
        while self._attempt.thread_busy:
            try:
                await self._attempt.thread.until_free()
            except asyncio.CancelledError:
                self._survive()

    async def _again(self, item: Envelope, error: BaseException, now: float) -> bool:
        slot, stage = self.slot, self.station.stage
        if not worth_another(stage, slot.attempt, error):
            return False
        entry, run = self._entry, self.run
        began = entry.began if entry is not None and entry.item is item else slot.since
        index = slot.index if stage.retry == "per_task" else 0
        value = slot.partial if index else item.value
        failed = Waiting(item, slot.index, value, slot.attempt, began)
        seconds = seconds_before_next(stage, failed, error, now)
        if seconds is None:
            return False
        run.retry(item, stage.name, error, slot.attempt + 1, now)
        self._attempt.tell("retry", error)
        following = Waiting(item, index, value, slot.attempt + 1, began)
        if seconds and not self.station.postpone(following, seconds):
            return await self._sit_out(following, seconds)
        if not seconds:
            self.station.channel.push(following)
        return True

    async def _sit_out(self, entry: Waiting, seconds: float) -> bool:
        """Enough items wait for their next attempt: this worker waits too."""
        self.slot.waiting_for = "retry"
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self._survive()
        if self._revoked is entry.item:
            self._revoked = None
            self.run.cancel(entry.item, self.station, self.run.clock(), self.slot.name)
        else:
            self.station.channel.push(entry)
        return True

    async def _fail(self, item: Envelope, error: BaseException, now: float) -> None:
        slot, stage = self.slot, self.station.stage
        slot.failed += 1
        self._attempt.tell("fail", error)
        try:
            if stage.on_failure is not None:
                await self._tell(stage.on_failure, item, error)
        finally:
            waiter = self.run.fail(item, self.station, error, slot.attempt, now, slot.name)
            slot.released = True
        if isinstance(error, KeyboardInterrupt):
            self.run.interrupt(error)
        if waiter is not None:
            await self._blocked(waiter)

    # -- callbacks ----------------------------------------------------------------------------

    async def _tell(self, callback: Callable[..., Any], item: Envelope, third: Any) -> None:
        """Call `on_success`, `on_failure` or `on_skip`."""
        self._survive()
        payload = {"id": item.id, "value": item.value, **item.metadata}
        self.slot.waiting_for = "callback"
        try:
            await self.run.guard.call(callback, item.id, third, payload)
        except KeyboardInterrupt as error:
            self.run.interrupt(error)
        except asyncio.CancelledError:
            self._survive()
        self.slot.waiting_for = None

    async def _ask(self, question: Callable[[Any], Any] | None, value: Any) -> bool:
        try:
            return bool(await self._skip_guard.call(question, value)) if question else False
        except KeyboardInterrupt as error:
            self.run.interrupt(error)
            return False
        except asyncio.CancelledError:
            self._survive()
            return False
