"""What a cluster does in the background, from start to stop, whatever happens to the broker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec
from celery import Celery

from antflow.cluster.alerts import Alerts
from antflow.cluster.application import own_queues
from antflow.cluster.beat import BeatSchedule
from antflow.cluster.memory import Memory
from antflow.cluster.picture import consumed, with_pauses
from antflow.cluster.reconcile import Reconciler
from antflow.cluster.rounds import Rounds
from antflow.cluster.waiting import Waiting
from antflow.cluster.webhook import Webhooks
from antflow.exceptions import AntFlowError
from antflow.source import Answer, Frame, QueueView

if TYPE_CHECKING:
    from antflow.cluster.broker import QueueWatch
    from antflow.cluster.control import Control
    from antflow.cluster.events import Events
    from antflow.cluster.inspector import Inspector
    from antflow.cluster.state import Applied, TaskRecord

QUEUES_EVERY = 1.0
"""Seconds between two samples of the queues."""

RECONCILE_EVERY = 15.0
"""Seconds between two reconciliations."""

MEET_AFTER = 1.0
"""Seconds from a new worker's first event until it is asked."""

MEETINGS = 5
"""How often a worker is asked out of turn that never answered."""

UNANSWERED_EVERY = 3.0
"""Seconds until the next attempt after a round in which nobody answered."""

QUEUES_WITHIN = 5.0
"""Seconds that a sample of the queues may take."""


class Following:
    """Keeps the state of a cluster up to date: history, events, samples, reconciliation, alerts.

    Args:
        app: the Celery application, whose own queues are sampled too.
        events: receives events; tells of every batch by `applied`.
        inspector: asks workers.
        control: pauses queues.
        queues: samples queues.
        memory: the history's side.
        reconciler: fills what events missed.
        beat: gets the tasks that changed.
        alerts: rules.
        frame: gives the present frame.

    Attributes:
        queue_views: the newest sample.
        broker_problem: why the last sample failed; None where it did not.
        started: when following began.
    """

    def __init__(
        self,
        app: Celery,
        *,
        events: Events,
        inspector: Inspector,
        control: Control,
        queues: QueueWatch,
        memory: Memory,
        reconciler: Reconciler,
        beat: BeatSchedule,
        alerts: Alerts,
        frame: Callable[[], Frame],
    ) -> None:
        self._app = app
        self._events = events
        self._inspector = inspector
        self._control = control
        self._queues = queues
        self._memory = memory
        self._reconciler = reconciler
        self._beat = beat
        self._alerts = alerts
        self._frame = frame
        self._webhooks = Webhooks()
        self._rounds: list[Rounds] = []
        self.waiting = Waiting()
        self.queue_views: list[QueueView] = []
        self._met: dict[str, int] = {}
        self._meeting: asyncio.TimerHandle | None = None
        self.broker_problem: str | None = None
        self.started: float | None = None
        events.on_reconnected.append(self._reconnected)

    async def start(self) -> None:
        """Begin; never raises for a broker, backend or history that is away."""
        if self.started is not None:
            return
        self.started = time.time()
        await self._memory.open()
        self._events.start()
        reconcile = Rounds(self._reconcile, RECONCILE_EVERY, "reconciliation")
        self._rounds = [reconcile, Rounds(self._sample, QUEUES_EVERY, "sampling of queues")]
        if self._alerts.rules:
            self._rounds.append(Rounds(self._watch, 1.0, "watching of alert rules"))
        for rounds in self._rounds:
            rounds.start()

    async def stop(self) -> None:
        """End everything, and write what the history still waits for."""
        if self.started is None:
            return
        self.started = None
        rounds, self._rounds = self._rounds, []
        if self._meeting is not None:
            self._meeting.cancel()
            self._meeting = None
        for each in rounds:
            await each.stop()
        await asyncio.to_thread(self._events.stop)
        await asyncio.to_thread(self._webhooks.stop)
        await asyncio.to_thread(self._queues.rest)
        await self._inspector.aclose()
        await self._memory.close()

    def applied(self, applied: Applied) -> None:
        """What a batch of events, a tick or a reconciliation changed."""
        if applied.tasks:
            records = applied.tasks.values()
            self._memory.save(records)
            self.take_notice(records)
        if applied.workers:
            self._greet(applied.workers)

    def take_notice(self, records: Iterable[TaskRecord]) -> None:
        """Have those told that follow tasks by themselves."""
        records = list(records)
        self.waiting.see(records)
        self._beat.see(records)

    def restored(self, records: Sequence[TaskRecord]) -> None:
        """A part of the history was loaded, newest first."""
        self.take_notice(records[::-1])

    def commanded(self, verb: str, target: str, answers: Sequence[Answer]) -> None:
        """A command was done: what it changed shows with the next frame."""
        if not any(answer.ok for answer in answers):
            return
        if verb == "queue.purge":
            self.waiting.forget(target, time.time())
        kept = [msgspec.structs.replace(view, paused=False) for view in self.queue_views]
        self.queue_views = with_pauses(kept, self._control.paused)
        for rounds in self._rounds:
            rounds.wake()

    def _greet(self, names: Iterable[str]) -> None:
        """Have the inspector know who is there, and what the heartbeats say of load."""
        workers, told = self._events.state.workers, self._events.workers
        for name in names:
            if name in workers and workers[name].online:
                if name not in self._inspector.known and self._control.paused:
                    self._reconcile_now()
                self._inspector.learn([name])
                if name in told:
                    self._inspector.hear(told[name])
                self._meet(name)
            else:
                self._inspector.forget([name])
                self._met.pop(name, None)
            if name not in workers:
                self._inspector.workers.pop(name, None)

    def _meet(self, name: str) -> None:
        """Have a worker asked soon that never answered yet; it says online before it listens."""
        tried = self._met.get(name, 0)
        if name in self._inspector.workers or tried >= MEETINGS or self._meeting is not None:
            return
        self._met[name] = tried + 1
        self._meeting = asyncio.get_running_loop().call_later(MEET_AFTER, self._ask_new)

    def _ask_new(self) -> None:
        self._meeting = None
        self._reconcile_now()

    def _reconnected(self, _deaf: float) -> None:
        self._reconcile_now()

    def _reconcile_now(self) -> None:
        if self._rounds:
            self._rounds[0].wake()

    async def _reconcile(self) -> None:
        self._inspector.learn([w.hostname for w in self._events.state.workers.values() if w.online])
        await self._reconciler.run()
        await self._hold_pauses()
        if self._reconciler.problem is not None:
            asyncio.get_running_loop().call_later(UNANSWERED_EVERY, self._reconcile_now)

    async def _hold_pauses(self) -> None:
        """Have workers that came since a queue was paused not take from it either."""
        answers = self._inspector.workers
        known = sorted(self._inspector.known)
        await self._control.hold_pauses(
            {name: answers.get(name, {}).get("active_queues") or () for name in known}
        )

    async def _sample(self) -> None:
        names = {*consumed(self._inspector.workers), *self.waiting.names, *self._control.paused}
        try:
            async with asyncio.timeout(QUEUES_WITHIN):
                views = await self._queues.sample(sorted(names | own_queues(self._app)))
        except (AntFlowError, OSError, TimeoutError) as error:
            self.broker_problem = str(error) or "the broker does not answer"
            return
        self.broker_problem = None
        now = time.time()
        dated = [self.waiting.dated(view, now) for view in views]
        self.queue_views = with_pauses(dated, self._control.paused)

    async def _watch(self) -> None:
        for rule, alert in self._alerts.evaluate(self._frame()):
            self._webhooks.post(rule.webhook, alert)
