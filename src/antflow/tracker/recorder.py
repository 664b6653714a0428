"""`Recorder`: the engine's pen. Each method is one thing that happened to an item."""

from __future__ import annotations

from typing import Any

from antflow.tracker.delivery import Outbox, Pressure
from antflow.tracker.history import History
from antflow.tracker.visit import Attempt, Ending, Entry, Onward, Place, Tracked, Visit
from antflow.types import StatusEvent, StatusType, TaskEvent


class Recorder:
    """Writes the history and publishes events; times are on the run's clock.

    Attributes:
        bounded: the history has a bound, so that it wants to know what is `finished`.
        listening: somebody subscribed to status events.
        task_listening: somebody subscribed to task events.
        pressure: tells whether the pipeline has to wait for a subscriber (see `room`).
    """

    __slots__ = (
        "_entries", "_events", "_history", "_outbox", "_tasks", "bounded", "listening", "pressure",
        "task_listening",
    )  # fmt: skip

    def __init__(self, history: History, outbox: Outbox, tasks: Outbox) -> None:
        self._history = history
        self._entries = history.entries
        self._outbox = outbox
        self._events = outbox.events
        self._tasks = tasks
        self.bounded = history.max_items is not None
        self.pressure = outbox.pressure = tasks.pressure = Pressure()
        self.listening = False
        self.task_listening = False

    async def room(self) -> None:
        """Return when no subscriber holds the pipeline up."""
        await self._outbox.room()
        await self._tasks.room()
        self.pressure.full = self._outbox.full or self._tasks.full

    def fed(self, item: Tracked, place: Place, now: float) -> None:
        """The item enters the pipeline at `place`."""
        item_id = item.id
        entry = item.visit = Entry(place, None, None, None, None, None, now)
        if self._entries.setdefault(item_id, entry) is not entry or self.bounded:
            self._history.begin(item_id, entry)
        if self.listening:
            events = self._events
            if not events:
                self._outbox.arm()
            events.append(StatusEvent(item_id, place.name, "queued", None, now + place.epoch))

    # The engine writes the visit of an item in a worker's hands itself: a call less on the way.

    def taken(self, item_id: Any, place: Place, worker: str, when: float) -> None:
        """Tell that a worker of `place` took the item; called only where `listening`.

        `when` is Unix seconds, here and in `passed`: the worker has them from one to the next.
        """
        events = self._events
        if not events:
            self._outbox.arm()
        events.append(StatusEvent(item_id, place.name, "in_progress", worker, when))

    def passed(self, item_id: Any, place: Place, worker: str, when: float, goes_on: bool) -> None:
        """Tell that the item completed `place`, and `goes_on`; called only where `listening`."""
        events = self._events
        if not events:
            self._outbox.arm()
        following = place.following
        events.append(StatusEvent(item_id, place.name, "completed", worker, when))
        if goes_on and following is not None:
            events.append(StatusEvent(item_id, following.name, "queued", None, when))

    def goes_on(self, item: Tracked, place: Place, now: float) -> None:
        """The item goes on from `place` later than it ended there."""
        visit, following = item.visit, place.following
        if visit is None or following is None:
            return
        visit.extra = [*(visit.extra or ()), Onward(now)]
        if self.listening:
            self.tell(item, following, "queued", None, now)

    def retrying(self, item: Tracked, now: float, metadata: dict[str, Any]) -> None:
        """An attempt failed and another follows."""
        visit = item.visit
        assert visit is not None
        started = now if visit.started is None else visit.started
        attempt = Attempt(visit.worker, started, now, metadata)
        visit.extra = [*(visit.extra or ()), attempt]
        visit.started = None
        if self.listening:
            self.tell(item, visit.place, "retrying", visit.worker, now, metadata)

    def ended(
        self,
        item: Tracked,
        place: Place,
        status: StatusType,
        now: float,
        worker: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """The item leaves `place` other than by completing it."""
        visit = item.visit
        if visit is None or visit.place is not place:
            following = Visit(place)
            if visit is not None:
                visit.following = following
            item.visit = visit = following
        visit.worker = worker
        visit.ended = now
        visit.extra = [*(visit.extra or ()), Ending(status, metadata or {})]
        if self.listening:
            self.tell(item, place, status, worker, now, metadata)

    def finished(self, item: Tracked) -> None:
        """The item has its outcome; called only where `bounded`."""
        self._history.finish(item.id, item.visit)

    def task(self, event: TaskEvent) -> None:
        """An attempt of a task started or ended; called only where `task_listening`."""
        self._tasks.publish(event)

    def tell(
        self,
        item: Tracked,
        place: Place,
        status: StatusType,
        worker: str | None,
        now: float,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Publish a status event; called only where `listening`."""
        when = now + place.epoch
        self._outbox.publish(
            StatusEvent(item.id, place.name, status, worker, when, dict(metadata or {}))
        )
