"""`Worker`: the loop that takes an item, runs the stage's tasks on it and gives it on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from antflow.context import current_scope
from antflow.pipeline.attempt import Attempt
from antflow.pipeline.envelope import Envelope
from antflow.pipeline.ledger import Slot
from antflow.pipeline.mishap import handle
from antflow.pipeline.retry import Waiting
from antflow.pipeline.scope import Scope
from antflow.pipeline.station import Station
from antflow.tracker.delivery import Pressure
from antflow.tracker.visit import Visit
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
        self.revoked: Envelope | None = None
        self.entry: Waiting | None = None
        self.attempt = Attempt(slot, station, run.clock, run.record, run.hook)
        slot.epoch = station.place.epoch
        slot.rest()
        self.task = asyncio.create_task(self.work(), name=slot.name)

    def _performer(self) -> Callable[[Any], Any]:
        """The shortest way of running the tasks that the stage allows."""
        if not self.station.plain or self.run.hook is not None:
            return self.attempt.perform
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
        plain, full = self._performer(), self.attempt.perform
        skip_if, on_success = station.stage.skip_if, station.stage.on_success
        resumed = False
        told, when = -1.0, 0.0  # the time told last, on the run's clock and as Unix seconds
        epoch = place.epoch
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
                visit: Visit = item.visit  # type: ignore[assignment]
                if visit.place is place:
                    visit.worker = name
                    visit.started = now
                else:
                    item.visit = visit.following = visit = Visit(place, name, now)
                if record.listening:
                    if told != now:
                        told, when = now, now + epoch
                    record.taken(item.id, place, name, when)
            try:
                if record is not None and record.task_listening:
                    value = await full(value)
                else:
                    value = await plain(value)
            except BaseException as error:
                now = await handle(self, item, error, now)
                continue
            end = clock()
            slot.busy += end - now
            now = end
            if value is DROP or self.revoked is not None:
                self._withdrawn(item, now)
                continue
            slot.processed += 1
            if resumed:
                resumed = False
                slot.attempt = 1
            if record is not None:
                visit.ended = now
                if record.listening:
                    told, when = now, now + epoch
                    record.passed(item.id, place, name, when, on_success is None)
            if on_success is not None:
                now = await self._succeeded(on_success, item, value)
            item.value = value
            waiter = forward(item)
            if waiter is not None:
                now = await self.blocked(waiter)
        self.rest(now)
        slot.rest()

    def leave_behind(self) -> None:
        """Nobody listens to the worker any more; it ends as soon as its task lets it."""
        self.revoked = self.slot.item

    def close(self) -> None:
        """Let go of the worker's thread; it ends after the call that it runs."""
        self.attempt.close()

    async def _wait(self, now: float) -> float:
        """Nothing to take: wait for it."""
        self.rest(now)
        try:
            await self.station.channel.wait()
        except asyncio.CancelledError:
            self.survive()
        return self.run.clock()

    def rest(self, now: float) -> None:
        """No item is at hand."""
        slot = self.slot
        if slot.item is not None:
            slot.item = None
            slot.last = now

    async def _give_way(self, now: float) -> float:
        """Let the rest of the loop, and subscribers with a full buffer, have their turn."""
        self.rest(now)
        record = self.run.record
        try:
            if record is not None and record.pressure.full:
                await record.room()
            return await self.run.turns.take(self.run.clock)
        except asyncio.CancelledError:
            self.survive()
            return self.run.clock()

    def _resume(self, entry: Waiting) -> tuple[Envelope, Any]:
        self.entry = entry
        self.slot.index = entry.index
        self.slot.attempt = entry.attempt
        return entry.item, entry.value

    async def blocked(self, waiter: asyncio.Future[None]) -> float:
        """The next stage has no room: the item waits there, and the worker with it."""
        slot = self.slot
        slot.released = True
        slot.waiting_for = "room"
        try:
            await waiter
        except asyncio.CancelledError:
            self.survive()
        slot.released = False
        slot.waiting_for = None
        return self.run.clock()

    def survive(self) -> None:
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
        self.revoked = slot.item
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
            await self.tell(stage.on_skip, item, item.value, item.value)
        if record is not None:
            record.goes_on(item, self.station.place, self.run.clock())
        waiter = self.station.forward(item)
        if waiter is not None:
            await self.blocked(waiter)
        return True

    def _withdrawn(self, item: Envelope, now: float) -> None:
        """The task filtered the item out, or swallowed the cancellation of a revoked one."""
        slot = self.slot
        slot.attempt = 1
        if not item.open:
            raise asyncio.CancelledError  # left behind
        if self.revoked is item:
            self.revoked = None
            self.survive()
            self.run.cancel(item, self.station, now, slot.name)
        else:
            slot.dropped += 1
            self.run.drop(item, self.station, now, slot.name)

    # -- callbacks ----------------------------------------------------------------------------

    async def _succeeded(self, callback: Callable[..., Any], item: Envelope, value: Any) -> float:
        """Call `on_success`. The stage is behind the item, whatever becomes of the callback."""
        entered, item.value = item.value, value
        self.slot.succeeded = True
        await self.tell(callback, item, value, entered)
        self.slot.succeeded = False
        now = self.run.clock()
        if self.run.record is not None:
            self.run.record.goes_on(item, self.station.place, now)
        return now

    async def tell(
        self, callback: Callable[..., Any], item: Envelope, third: Any, entered: Any
    ) -> None:
        """Call `on_success`, `on_failure` or `on_skip`; `entered` is what entered the stage."""
        self.survive()
        payload = {"id": item.id, "value": entered, **item.metadata}
        self.slot.waiting_for = "callback"
        try:
            await self.run.guard.call(callback, item.id, third, payload)
        except KeyboardInterrupt as error:
            self.run.interrupt(error)
        except asyncio.CancelledError:
            self.survive()
        self.slot.waiting_for = None

    async def _ask(self, question: Callable[[Any], Any] | None, value: Any) -> bool:
        try:
            return bool(await self.station.skip_guard.call(question, value)) if question else False
        except KeyboardInterrupt as error:
            self.run.interrupt(error)
            return False
        except asyncio.CancelledError:
            self.survive()
            return False
