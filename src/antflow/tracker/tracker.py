"""`StatusTracker`: the history of every item, queries over it, and its subscribers."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol, get_args

from antflow.tracker.delivery import Outbox, drain
from antflow.tracker.history import History
from antflow.tracker.recorder import Recorder
from antflow.tracker.subscriber import BUFFER, DeliveryStats, Overflow, Subscriber
from antflow.types import ErrorSummary, FailedItem, StatusEvent, StatusType, TaskEvent

Callback = Callable[[Any], Any] | None


class Counts(Protocol):
    """What a pipeline tells the tracker that watches it."""

    def status_counts(self) -> dict[StatusType, int]:
        """Items by their newest status, over all runs."""

    def error_summary(self) -> ErrorSummary:
        """All failures."""


class _TaskCallback:
    """An `on_task_…` attribute; setting one arms the task events."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._kind = name.removeprefix("on_task_")

    def __get__(self, tracker: StatusTracker, owner: type) -> Callback:
        return tracker._on_task.get(self._kind)

    def __set__(self, tracker: StatusTracker, callback: Callback) -> None:
        tracker._on_task[self._kind] = callback
        tracker.recorder.task_listening = any(tracker._on_task.values())


class StatusTracker:
    """Keeps every event of every item, and passes the events on to whoever subscribed.

    One tracker may watch several pipelines, also at once: counts add up, and of items with
    equal ids the one of the newer run is told.

    Args:
        on_status_change: called with each `StatusEvent`.
        on_task_start: called with each `TaskEvent` of type `start`.
        on_task_complete: the same for `complete`.
        on_task_retry: the same for `retry`.
        on_task_fail: the same for `fail`.
        max_items: items whose history is kept; finished ones leave first; None keeps all.
        buffer: events that may wait for each subscriber; at least 1.
        overflow: what happens to more: `wait` (the pipeline waits), `drop_oldest` or
            `coalesce` (the newest event of each item is kept).
        drain_timeout: seconds that the end of a run waits for a subscriber that makes no
            progress; what it did not take by then counts as lost.

    The callbacks may be sync or async, run off the hot path, in order, and may be set later
    as attributes of the same names.

    Raises:
        ValueError: max_items or buffer below 1, or an unknown overflow.
    """

    def __init__(
        self,
        on_status_change: Callback = None,
        on_task_start: Callback = None,
        on_task_complete: Callback = None,
        on_task_retry: Callback = None,
        on_task_fail: Callback = None,
        *,
        max_items: int | None = None,
        buffer: int = BUFFER,
        overflow: Overflow = "wait",
        drain_timeout: float = 5.0,
    ) -> None:
        if max_items is not None and max_items < 1:
            raise ValueError(f"max_items must be at least 1, or None to keep all, got {max_items}")
        _check_delivery(buffer, overflow)
        self.drain_timeout = drain_timeout
        self._buffer: tuple[int, Overflow] = (buffer, overflow)
        self._history = History(max_items)
        self._outbox = Outbox()
        self._task_outbox = Outbox()
        self._task_outbox.subscribers.append(Subscriber(self._task_event, buffer, overflow))
        self._pipelines: list[Counts] = []
        self._own: Subscriber | None = None
        self._on_task: dict[str, Callback] = {}
        self.recorder = Recorder(self._history, self._outbox, self._task_outbox)
        self.on_status_change = on_status_change
        self.on_task_start = on_task_start
        self.on_task_complete = on_task_complete
        self.on_task_retry = on_task_retry
        self.on_task_fail = on_task_fail

    # -- queries ----------------------------------------------------------------------------

    def get_status(self, item_id: Any) -> StatusEvent | None:
        """The item's newest event; None for an unknown id."""
        return self._history.newest(item_id)

    def get_tracked_ids(self) -> list[Any]:
        """Ids of all items with a history, in the order of their first feeding."""
        return self._history.ids()

    def get_by_status(self, status: StatusType) -> list[StatusEvent]:
        """The newest event of each item whose status this is now."""
        return self._history.standing(status)

    def get_stats(self) -> dict[StatusType, int]:
        """Number of items by newest status, exact whatever `max_items` cut.

        The keys are `queued`, `in_progress`, `completed`, `failed`, `retrying` and `skipped`,
        and where there are any, `dropped` and `cancelled`.
        """
        counts: Counter[StatusType] = Counter()
        for pipeline in self._pipelines:
            counts.update(pipeline.status_counts())
        return {
            status: counts[status]
            for status in get_args(StatusType)
            if counts[status] or status not in ("dropped", "cancelled")
        }

    def get_history(self, item_id: Any) -> list[StatusEvent]:
        """The events of the item in its newest run, oldest first; [] for an unknown id."""
        return self._history.events(item_id)

    def get_failed_items(self) -> list[FailedItem]:
        """All failures, oldest first."""
        return self.get_error_summary().failed_items

    def get_error_summary(self) -> ErrorSummary:
        """All failures, counted and listed."""
        types: Counter[str] = Counter()
        stages: Counter[str] = Counter()
        items: list[FailedItem] = []
        for summary in [pipeline.error_summary() for pipeline in self._pipelines]:
            types.update(summary.errors_by_type)
            stages.update(summary.errors_by_stage)
            items += summary.failed_items
        items.sort(key=lambda item: item.timestamp)
        return ErrorSummary(len(items), dict(types), dict(stages), items)

    # -- subscribers ------------------------------------------------------------------------

    def subscribe(
        self,
        callback: Callable[[StatusEvent], Any],
        *,
        buffer: int | None = None,
        overflow: Overflow | None = None,
    ) -> None:
        """Call `callback` (sync or async) with each `StatusEvent` from now on.

        Args:
            callback: gets the events in order, one at a time.
            buffer: events that may wait for it; None: the tracker's own setting.
            overflow: what happens to more; None: the tracker's own setting.

        Raises:
            TypeError: the callback is not callable.
            ValueError: buffer below 1, or an unknown overflow.
        """
        self._add(callback, buffer, overflow)

    def _add(
        self, callback: Callable[[Any], Any], buffer: int | None, overflow: Overflow | None
    ) -> Subscriber:
        if not callable(callback):
            raise TypeError(f"a subscriber must be callable with one event, got {callback!r}")
        default_buffer, default_overflow = self._buffer
        _check_delivery(buffer or default_buffer, overflow or default_overflow)
        subscriber = Subscriber(callback, buffer or default_buffer, overflow or default_overflow)
        self._outbox.flush()
        self._outbox.subscribers.append(subscriber)
        self.recorder.listening = True
        return subscriber

    def unsubscribe(self, callback: Callable[[StatusEvent], Any]) -> None:
        """Call it no more; what waits for it is dropped. An unknown one is ignored."""
        for subscriber in self._outbox.subscribers:
            if subscriber.callback == callback and subscriber is not self._own:
                self._remove(subscriber)
                return

    def _remove(self, subscriber: Subscriber) -> None:
        self._outbox.subscribers.remove(subscriber)
        subscriber.close()
        self._outbox.relieve()
        self.recorder.listening = bool(self._outbox.subscribers)

    def get_delivery_stats(self) -> list[DeliveryStats]:
        """For each subscriber what is pending, delivered and lost, and how often it raised."""
        with suppress(RuntimeError):  # no loop is running, so nothing is under way either
            self._outbox.flush()
            self._task_outbox.flush()
        subscribers = list(self._outbox.subscribers)
        if self.recorder.task_listening:
            subscribers += self._task_outbox.subscribers
        return [subscriber.stats for subscriber in subscribers]

    @property
    def on_status_change(self) -> Callback:
        """The tracker's own subscriber, or None."""
        return self._own.callback if self._own else None

    @on_status_change.setter
    def on_status_change(self, callback: Callback) -> None:
        if self._own is not None:
            self._remove(self._own)
            self._own = None
        if callback is not None:
            self._own = self._add(callback, None, None)

    # -- task events ------------------------------------------------------------------------

    on_task_start = _TaskCallback()
    on_task_complete = _TaskCallback()
    on_task_retry = _TaskCallback()
    on_task_fail = _TaskCallback()

    async def _task_event(self, event: TaskEvent) -> None:
        callback = self._on_task.get(event.event_type)
        if callback is not None:
            answer = callback(event)
            if inspect.isawaitable(answer):
                await answer

    # -- the pipeline's side ----------------------------------------------------------------

    def watch(self, pipeline: Counts) -> None:
        """Count `pipeline` in; a pipeline calls this once when it gets the tracker."""
        if pipeline not in self._pipelines:
            self._pipelines.append(pipeline)

    async def drain(self, patience: float | None = None) -> None:
        """Return when every subscriber got every event so far.

        Args:
            patience: seconds to wait for one that makes no progress, after which the rest is
                lost to it; None: `drain_timeout`.
        """
        seconds = self.drain_timeout if patience is None else patience
        await drain([self._outbox, self._task_outbox], seconds)


def _check_delivery(buffer: int, overflow: str) -> None:
    if buffer < 1:
        raise ValueError(f"buffer must be at least 1 event, got {buffer}")
    if overflow not in get_args(Overflow):
        raise ValueError(f"overflow must be one of {get_args(Overflow)}, got {overflow!r}")
