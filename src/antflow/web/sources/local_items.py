"""The items of a pipeline as tasks, read from its tracker."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

from antflow.pipeline import Pipeline
from antflow.source import Span, Step, TaskView
from antflow.tracker.history import History
from antflow.tracker.visit import Attempt, Entry, ending, last, status, stays
from antflow.types import FailedItem, StatusEvent

OVER = frozenset({"completed", "failed", "skipped", "dropped", "cancelled"})
"""Statuses of an item that has its outcome."""


def id_text(item_id: Any) -> str:
    """An item's id as text, as the pages know it."""
    try:
        return str(item_id)
    except Exception as error:  # an id of somebody's own class may do anything
        return f"<{type(item_id).__name__}: {type(error).__name__}>"


class Items:
    """What is known of a pipeline's items.

    With a tracker: all items that it remembers. Without: those in workers' hands, and the newest
    failed ones.

    Args:
        pipeline: whose items.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        # Rows of items that have their outcome, from the first search on: an item that is fed again
        # begins a new entry.
        self._rows: dict[Any, tuple[Entry, TaskView]] = {}

    @property
    def _history(self) -> History | None:
        tracker = self._pipeline.tracker
        return None if tracker is None else tracker._history

    def count(self) -> int | None:
        """How many there are; None where counting takes a walk through all of them."""
        history = self._history
        return None if history is None else len(history.entries)

    def oldest(self) -> float | None:
        """When the oldest item that is remembered came; None without a tracker."""
        history = self._history
        if history is None or not history.entries:
            return None
        events = history.events(next(iter(history.entries)))
        return events[0].timestamp if events else None

    def newest(self, offset: int, limit: int) -> list[TaskView]:
        """A piece of `newest_first`; those passed over cost next to nothing."""
        history = self._history
        if history is None:
            return []
        return list(map(self._row, islice(reversed(history.entries), offset, offset + limit)))

    def newest_spans(self) -> Iterator[list[Span]]:
        """What workers did with each, the newest first; to be walked through at once."""
        history = self._history
        if history is None:
            return iter(())
        lives = ((item_id, history.lives(item_id)) for item_id in reversed(history.entries))
        return ([s for life in found for s in _spans(key, life)] for key, found in lives)

    def remembered_since(self, fed: int) -> float:
        """When the oldest item ended that is still remembered; 0.0: all that were fed are."""
        history = self._history
        if history is None:
            return time.time()
        if len(history) >= fed:
            return 0.0
        ends = (spans[-1].ended for life in history.entries.values() if (spans := _spans("", life)))
        return next(ends, 0.0)

    def newest_first(self) -> Iterator[TaskView]:
        """A row of each, made when it is asked for."""
        return (row for _, row in self.pairs())

    def pairs(self) -> Iterator[tuple[Any, TaskView]]:
        """Id and row of each, newest first."""
        history = self._history
        if history is None:
            yield from self._without_tracker()
            return
        for item_id in reversed(list(history.entries)):
            if item_id in history.entries:
                yield item_id, self._row(item_id)

    def _row(self, item_id: Any) -> TaskView:
        history = self._history
        assert history is not None
        entry = history.lives(item_id)[-1]
        known = self._rows.get(item_id)
        if known is not None and known[0] is entry:
            return known[1]
        row = _row(item_id, entry)
        if row.finished is not None:
            self._rows[item_id] = (entry, row)
            if len(self._rows) > 2 * len(history.entries) + 1_000:
                self._rows.clear()
        return row

    def _without_tracker(self) -> Iterator[tuple[Any, TaskView]]:
        for state in self._pipeline.get_worker_states().values():
            if state.status == "busy":
                row = TaskView(
                    id_text(state.current_item_id),
                    state.stage,
                    "in_progress",
                    state.worker_name,
                    started=state.processing_since,
                )
                yield state.current_item_id, row
        for failure in reversed(self._pipeline.get_dashboard_snapshot().error_summary.failed_items):
            yield failure.item_id, _failed_row(failure)

    def id_of(self, text: str) -> Any:
        """The id that reads so; None where there is none."""
        if self._history is not None:
            entries = self._history.entries
            if text in entries:
                return text
            if text.isdecimal() and len(text) < 20 and int(text) in entries:
                return int(text)
            return next((known for known in list(entries) if id_text(known) == text), None)
        return next((known for known in self._known_ids() if id_text(known) == text), None)

    def _known_ids(self) -> Iterator[Any]:
        for state in self._pipeline.get_worker_states().values():
            if state.status == "busy":
                yield state.current_item_id
        for failure in self._pipeline.get_error_summary().failed_items:
            yield failure.item_id

    def row(self, text: str) -> TaskView | None:
        """The row of the item of this id."""
        if self._history is None:
            return next((row for _, row in self._without_tracker() if row.id == text), None)
        item_id = self.id_of(text)
        return None if item_id is None else self._row(item_id)

    def timeline(self, text: str) -> list[Step]:
        """What happened to the item, through all stages, oldest first."""
        item_id = self.id_of(text)
        if self._history is None or item_id is None:
            return []
        return [_step(event) for event in self._history.events(item_id)]

    def failure(self, text: str) -> FailedItem | None:
        """The item's newest failure."""
        failed = self._pipeline.get_error_summary().failed_items
        return next((one for one in reversed(failed) if id_text(one.item_id) == text), None)


def _row(item_id: Any, entry: Entry) -> TaskView:
    newest = last(entry)
    state = status(newest)
    end = ending(newest)
    begun = next(
        (stay.started + stay.place.epoch for stay in stays(entry) if stay.started is not None), None
    )
    over = state in OVER and newest.ended is not None
    error = end.metadata if end is not None and state == "failed" else {}
    return TaskView(
        id_text(item_id),
        _stage(entry),
        state,
        newest.worker,
        exception=f"{error['error_type']}: {error.get('error', '')}"
        if "error_type" in error
        else None,
        received=entry.queued + entry.place.epoch,
        started=begun,
        finished=(newest.ended or 0.0) + newest.place.epoch if over else None,
        runtime=_runtime(entry),
        retries=sum(isinstance(one, Attempt) for stay in stays(entry) for one in stay.extra or ()),
    )


def _spans(item_id: Any, entry: Entry) -> list[Span]:
    text, found = id_text(item_id), []
    for stay in stays(entry):
        name, epoch = stay.place.name, stay.place.epoch
        for one in stay.extra or ():
            if isinstance(one, Attempt) and one.worker is not None:
                begun, ended = one.started + epoch, one.ended + epoch
                found.append(Span(one.worker, text, name, begun, ended, failed=True))
        if stay.worker is not None and stay.started is not None and stay.ended is not None:
            failed = status(stay) == "failed"
            begun, ended = stay.started + epoch, stay.ended + epoch
            found.append(Span(stay.worker, text, name, begun, ended, failed))
    return found


def _stage(entry: Entry) -> str:
    newest = last(entry)
    following = newest.place.following
    waits = status(newest) == "queued" and newest.ended is not None and following is not None
    return following.name if waits and following is not None else newest.place.name


def _runtime(entry: Entry) -> float | None:
    stayed = [
        stay.ended - stay.started
        for stay in stays(entry)
        if stay.started is not None and stay.ended is not None
    ]
    return sum(stayed) if stayed else None


def _failed_row(failure: FailedItem) -> TaskView:
    return TaskView(
        id_text(failure.item_id),
        failure.stage,
        "failed",
        exception=f"{failure.error_type}: {failure.error}",
        finished=failure.timestamp,
        retries=failure.attempts - 1,
    )


def _step(event: StatusEvent) -> Step:
    told = event.metadata
    detail = None
    if "error_type" in told:
        detail = f"{told['error_type']}: {told.get('error', '')} (attempts: {told.get('attempts')})"
    return Step(event.status, event.timestamp, event.stage, event.worker, detail)
