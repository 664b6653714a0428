"""`Run`: the local engine. From start to stop it keeps the books of every item fed to it."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterable, Iterable, Sequence
from itertools import chain
from typing import Any

from antflow.callbacks import Guard
from antflow.exceptions import PipelineError
from antflow.pipeline.books import Books
from antflow.pipeline.channel import Channel
from antflow.pipeline.envelope import DEFAULT_PRIORITY, Envelope, reopen
from antflow.pipeline.feeding import SHUT_DOWN, Feeding
from antflow.pipeline.ledger import Ledger, Slot
from antflow.pipeline.stage import Stage
from antflow.pipeline.station import Forward, Station
from antflow.pipeline.stopping import stop_workers
from antflow.pipeline.worker import Worker
from antflow.tracker.recorder import Recorder
from antflow.tracker.visit import Place
from antflow.turns import turns_of

_runs = itertools.count(1)


class Run(Books):
    """The stages at work on the running event loop.

    Args:
        stages: validated.
        ledger: where the counts go.
        record: the tracker's recorder, or None.
        collect: keep the results of items that did not fail.
        failures: keep those that failed, too.
        output: where results go one by one instead, for `stream`.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        ledger: Ledger,
        record: Recorder | None,
        *,
        collect: bool = True,
        failures: bool = False,
        output: Channel | None = None,
    ) -> None:
        super().__init__(ledger, record, collect=collect, failures=failures, output=output)
        loop = asyncio.get_running_loop()
        self.turns = turns_of(loop)
        self._loop = loop
        self._unsettled: list[tuple[Envelope, Station, str | None]] = []
        self.guard = Guard("a stage's callback")
        self.stopping = False
        self._shut = False
        self.fed = 0
        self._feeding = Feeding(self)
        self._idle: list[asyncio.Future[None]] = []
        self.fatal: BaseException | None = None
        self._stopped = asyncio.Event()
        epoch = time.time() - self.clock()
        self.stations = _stations(stages, epoch, next(_runs), self.finish, ledger)
        for pacer in chain.from_iterable(ledger.pacers.values()):
            if pacer is not None:
                pacer.attach(self.clock)
        self._keeper = asyncio.create_task(self._keep(), name="antflow-keeper")
        self.workers: dict[str, list[Worker]] = {name: [] for name in self.stations}
        for name in self.stations:
            for slot in ledger.team(name):
                self.employ(name, slot)
        ledger.queues = self

    async def _keep(self) -> None:
        """Is cancelled together with all tasks of the loop, and so tells that it is closing."""
        try:
            await self._stopped.wait()
        except asyncio.CancelledError:
            if self.record is not None:
                self.record.listening = self.record.task_listening = False  # no loop to hear it
            self._settle()
            raise

    @property
    def ending(self) -> bool:
        """Whether a cancelled worker has to end."""
        return self.stopping or self._keeper.done() or self._keeper.cancelling() > 0

    # -- feeding ------------------------------------------------------------------------------

    async def feed(
        self,
        source: Iterable[Any] | AsyncIterable[Any],
        target_stage: str | None = None,
        priority: float = DEFAULT_PRIORITY,
    ) -> None:
        """Take items from the source, no faster than the stage takes them.

        Raises:
            ValueError: unknown stage.
            TypeError: the priority is no number.
            PipelineError: the pipeline was shut down meanwhile.
            Exception: whatever the source raises.
        """
        if not isinstance(priority, (int, float)):
            raise TypeError(f"priority must be a number, the lowest goes first, got {priority!r}")
        await self._feeding.feed(source, self.station(target_stage), priority)

    def enter(self, item: Envelope, station: Station) -> asyncio.Future[None] | None:
        """An item from a source; a future where it has to wait for room."""
        if item.stage is not None:
            station = self.station(item.stage)
        if item.priority != DEFAULT_PRIORITY:
            for other in self.stations.values():
                other.channel.prioritise()
        if self.hook is not None:
            item.carrier = self.hook.carrier()
        if item.error is None:
            return self.admit(item, station)
        self.fed += 1
        self._open += 1
        self.fail(item, station, item.error, 0, self.clock(), None)
        return self.close(item)

    def admit(self, item: Envelope, station: Station) -> asyncio.Future[None] | None:
        """`enter` for an item with nothing special about it."""
        if self._shut:
            raise self.fatal or PipelineError(SHUT_DOWN)
        self.fed += 1
        self._open += 1
        if self.record is not None:
            self.record.fed(item, station.place, self._feeding.now)
        return station.channel.offer(item)

    def station(self, stage: str | None) -> Station:
        """The stage's station; None: the first.

        Raises:
            ValueError: there is no such stage.
        """
        if stage is None:
            return next(iter(self.stations.values()))
        if stage not in self.stations:
            names = ", ".join(map(repr, self.stations))
            raise ValueError(f"Stage {stage!r} not found in pipeline; it has {names}")
        return self.stations[stage]

    # -- ending -------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether items are on their way, or a feeder is producing."""
        return bool(self._open or self._feeding.busy)

    def check_idle(self) -> None:
        """Where nothing is on its way and nobody feeds, tell whoever waits for that."""
        if self.busy and self.fatal is None:
            return
        for waiter in self._idle:
            if not waiter.done():
                waiter.set_result(None)
        self._idle.clear()
        if self._output is not None:
            self._output.push(None)

    def interrupt(self, error: BaseException) -> None:
        """Make `join` raise `error`."""
        self.fatal = self.fatal or error
        self._shut = True
        self._feeding.call_off()
        self.check_idle()

    async def join(self) -> None:
        """Return when every item has its outcome and no feeder is producing."""
        while self.busy and self.fatal is None and not self.stopping:
            waiter = asyncio.get_running_loop().create_future()
            self._idle.append(waiter)
            await waiter
        if self.fatal is not None:
            raise self.fatal

    async def stop(self, timeout: float) -> None:
        """Take nothing new, let running tasks end, after `timeout` seconds cancel them."""
        if self.stopping:
            await self._stopped.wait()
            return
        self.stopping = self._shut = True
        self._feeding.call_off()
        self._unsettled += self._take_queued()
        for channel in [station.channel for station in self.stations.values()]:
            channel.open_wide()
        if self._output is not None:
            self._output.open_wide()
        try:
            await stop_workers(self, timeout)
        finally:
            self._settle()
        await asyncio.wait([self._keeper])

    def abandon(self) -> bool:
        """Settle what is left where the run's loop is closed; False where it is not."""
        if not self._loop.is_closed():
            return False
        self._settle()
        return True

    def _take_queued(self) -> list[tuple[Envelope, Station, str | None]]:
        stations = self.stations.values()
        return [(item, station, None) for station in stations for item in station.clear()]

    def _settle(self) -> None:
        """Give everything without an outcome the outcome `cancelled`; the second time, nothing."""
        self.stopping = self._shut = True
        now = self.clock()
        left, self._unsettled = self._unsettled + self._take_queued(), []
        for name, workers in self.workers.items():
            for worker in workers:
                slot = worker.slot
                if slot.item is not None and slot.succeeded:
                    self._unsettled_success(slot.item, self.stations[name], left)
                elif slot.item is not None and not slot.released:
                    left.append((slot.item, self.stations[name], slot.name))
                worker.leave_behind()
                self.ledger.replace(slot)
            workers.clear()
        for item, station, worker_name in sorted(left, key=lambda found: found[0].sequence_id):
            if self.cancel(item, station, now, worker_name):
                self.unprocessed.append(reopen(item, station.place.name))
        if self.ledger.queues is self:
            self.ledger.close()
        self._stopped.set()
        self.check_idle()

    def _unsettled_success(
        self, item: Envelope, station: Station, left: list[tuple[Envelope, Station, str | None]]
    ) -> None:
        """The stop cut off the callback of an item that has completed its stage."""
        if station.following is None:
            self.finish(item)
        else:
            if self.record is not None:
                self.record.goes_on(item, station.place, self.clock())
            left.append((item, station.following, None))

    # -- steering -----------------------------------------------------------------------------

    def employ(self, stage: str, slot: Slot) -> None:
        """Start the worker of a slot."""
        if self.ending:
            return
        worker = Worker(self, self.stations[stage], slot)
        self.workers[stage].append(worker)
        worker.task.add_done_callback(lambda task: self._left(worker, task))

    def _left(self, worker: Worker, task: asyncio.Task[None]) -> None:
        worker.close()
        if self.ending:
            return
        slot = worker.slot
        self.workers[slot.stage.name].remove(worker)
        if not task.cancelled() and task.exception() is None:
            self.ledger.retire(slot)
        if slot.item is not None and not slot.released:
            self.cancel(slot.item, worker.station, self.clock(), slot.name)
            slot.rest()
        if not task.cancelled() and (error := task.exception()) is not None:
            self.interrupt(error)

    def dismiss(self, stage: str, n: int) -> None:
        """End `n` workers of a stage, as each becomes free."""
        for _ in range(n):
            self.stations[stage].channel.push(None)

    def pause(self, stage: str) -> None:
        """Let the stage's workers take nothing new."""
        self.stations[stage].channel.pause()

    def resume(self, stage: str) -> None:
        """Undo `pause`."""
        self.stations[stage].channel.resume()

    def revoke(self, item_id: Any) -> bool:
        """End the items of this id; whether there were any."""
        now = self.clock()
        found = [(item, s) for s in self.stations.values() for item in s.withdraw(item_id)]
        for item, station in found:
            self.cancel(item, station, now)
        held = [
            worker
            for team in self.workers.values()
            for worker in team
            if worker.slot.item is not None and worker.slot.item.id == item_id and worker.revoke()
        ]
        return bool(found or held)

    # -- what the ledger asks -----------------------------------------------------------------

    def queued(self, stage: str) -> int:
        """Items in the stage's queue."""
        return len(self.stations[stage].channel)

    def waiting(self, stage: str) -> int:
        """Items that wait for their next attempt without a worker."""
        return self.stations[stage].waiting_items


def _stations(
    stages: Sequence[Stage], epoch: float, run: int, finish: Forward, ledger: Ledger
) -> dict[str, Station]:
    """The stations by name, each giving its items on to the next, the last one to `finish`."""
    station: Station | None = None
    stations: list[Station] = []
    for stage in reversed(stages):
        place = Place(stage.name, epoch, run, station.place if station else None)
        forward = station.channel.offer if station else finish
        station = Station(stage, place, station, forward, ledger.pacers[stage.name])
        stations.append(station)
    return {station.stage.name: station for station in reversed(stations)}
