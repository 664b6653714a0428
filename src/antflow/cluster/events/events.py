"""Receives a cluster's events and keeps its state."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from antflow.cluster.events.decoding import Event
from antflow.cluster.events.enabling import Enabler
from antflow.cluster.events.handover import Handover
from antflow.cluster.events.lag import Lag
from antflow.cluster.events.link import SILENT_AFTER, Link
from antflow.cluster.events.pump import Pump
from antflow.cluster.events.receiver import Receiver
from antflow.cluster.events.recent import Recent
from antflow.cluster.events.silence import Silence
from antflow.cluster.events.subscribers import Subscribers
from antflow.cluster.events.told import Told
from antflow.cluster.freshness import drifts
from antflow.cluster.loops import asyncio_loop
from antflow.source import Health, SourceState

if TYPE_CHECKING:
    from antflow.cluster.state import Applied, ClusterState

TICK = 1.0  # seconds


class Events:
    """Events of a Celery cluster, from `start()` to `stop()`.

    A thread receives and decodes; the loop applies, a few milliseconds at a time. It connects
    again for ever. Only JSON is read.

    Args:
        capp: the Celery app.
        io_loop: an asyncio loop or a tornado IOLoop; None: the one that runs at `start()`.
        state: where events are applied; a new one by default.
        enable_events: ask workers that started without `-E` to send them.
        on_applied: called on the loop with what each batch, and each tick, changed.
        keep_raw: newest raw events kept for `recent()`.

    Attributes:
        state: tasks and workers, as the events tell.
        workers: by name, the fields of the worker's last event, `timestamp` among them.
        on_reconnected: called on the loop with the seconds nothing could come, after each
            reconnect.
    """

    def __init__(
        self,
        capp: Any,
        io_loop: Any = None,
        *,
        state: ClusterState | None = None,
        enable_events: bool = True,
        on_applied: Callable[[Applied], None] | None = None,
        keep_raw: int = 2_000,
    ) -> None:
        if state is None:
            from antflow.cluster.state import ClusterState

            state = ClusterState()
        self.state = state
        self.on_reconnected: list[Callable[[float], None]] = []
        self._app = capp
        self._io_loop = io_loop
        self._enable = enable_events
        self._on_applied = on_applied
        self._told = Told()
        self.workers: Mapping[str, dict[str, Any]] = self._told.workers
        self._recent = Recent(keep_raw)
        self._subscribers = Subscribers("a subscriber of events")
        self._link = Link()
        self._handover = Handover()
        self._lag = Lag(self._handover, state.workers)
        self._silence = Silence(self._link, self._handover.age, state.forgive)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pump: Pump | None = None
        self._receiver: Receiver | None = None
        self._enabler: Enabler | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Start receiving; returns at once. Nothing where it was started already.

        Raises:
            RuntimeError: no loop was given and none is running.
        """
        if self._receiver is not None:
            return
        loop = self._loop = asyncio_loop(self._io_loop)
        pump = self._pump = Pump(loop, self._handover, self._apply)
        if self._enable:
            self._enabler = Enabler(self._app)
            self._enabler.start()
        self._receiver = Receiver(self._app, self._handover, self._link, pump.wake, self._connected)
        self._receiver.start()
        loop.call_soon_threadsafe(self._tick, pump)

    def stop(self, timeout: float = 5.0) -> None:
        """Stop, leaving no thread and no queue behind; `start()` may follow.

        Args:
            timeout: seconds to wait for the threads; usually a tenth of one is enough.
        """
        receiver, self._receiver = self._receiver, None
        if receiver is None:
            return
        until = time.monotonic() + timeout
        if self._pump is not None:
            self._pump.stop()
        if self._timer is not None:
            self._timer.cancel()
        receiver.stop(timeout)
        if self._enabler is not None:
            self._enabler.stop(max(0.0, until - time.monotonic()))
            self._enabler = None
        self._handover.clear()
        self._subscribers.cancel()

    def subscribe(self, callback: Callable[[dict[str, Any]], Any]) -> Callable[[], None]:
        """Have each raw event, on the loop, after it was applied.

        Args:
            callback: called with the event's fields, not to be changed; may be async. Its errors
                are logged and stop nobody.

        Returns:
            what ends the subscription.
        """
        return self._subscribers.add(callback)

    def recent(self, after: int = 0, limit: int = 500) -> tuple[int, list[dict[str, Any]]]:
        """The newest number, and up to `limit` events after number `after`, each with its `seq`."""
        return self._recent.after(after, limit)

    def health(self) -> Health:
        """Whether what the events tell can be trusted, and what is missing."""
        link, workers = self._link, self.state.workers
        reason = link.reason()
        lost = self._handover.dropped + sum(worker.missed for worker in list(workers.values()))
        if reason is None and self._handover.dropped:
            reason = f"{self._handover.dropped} events came faster than they could be applied"
        return Health(
            state=self._standing(),
            connected=link.connected,
            reason=reason,
            last_event=link.last_event,
            lag=self._lag.seconds(),
            received=link.received,
            lost=lost,
            malformed=link.malformed + self._told.malformed,
            deaf=link.deaf(),
            drift=drifts(list(workers.values())),
        )

    def _standing(self) -> SourceState:
        link = self._link
        if not link.connected:
            return "starting" if link.reconnects < 0 and link.error is None else "disconnected"
        return "stale" if link.silent() > SILENT_AFTER else "running"

    def _connected(self, deaf: float | None) -> None:
        """In the receiver's thread: events can come."""
        if self._enabler is not None:
            self._enabler.everyone()
        if deaf is not None and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._reconnected, deaf)

    def _reconnected(self, deaf: float) -> None:
        for callback in list(self.on_reconnected):
            self._subscribers.guarded(callback, deaf)

    def _apply(self, events: list[Event], received_at: float) -> None:
        applied = self.state.apply(events, received_at)
        self._told.take(events, applied.malformed)
        self._recent.add(events)
        self._lag.applied(events[-1], received_at)
        if self._told.arrived:
            self._greet()
        if self._subscribers:
            for event in events:
                self._subscribers.call(event)
        self._changed(applied)

    def _greet(self) -> None:
        """Workers that just came may have started without -E."""
        arrived, self._told.arrived = self._told.arrived, set()
        if self._enabler is not None:
            self._enabler.some(arrived)

    def _changed(self, applied: Applied) -> None:
        if self._on_applied is not None:
            self._subscribers.guarded(self._on_applied, applied)

    def _tick(self, pump: Pump) -> None:
        """Once a second on the loop, for as long as this start lasts."""
        if pump is not self._pump or self._receiver is None or self._loop is None:
            return
        self._timer = self._loop.call_later(TICK, self._tick, pump)
        applied = self.state.tick(judging=self._silence.is_theirs())
        self._told.forget_all_but(self.state.workers)
        self._changed(applied)
