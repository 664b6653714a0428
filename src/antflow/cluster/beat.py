"""The beat's schedule: its entries in words, their last runs from the events, when they are due."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from celery import Celery
from celery.schedules import BaseSchedule, crontab, maybe_schedule, schedule, solar
from celery.utils.saferepr import saferepr

from antflow.source import ScheduleEntry

if TYPE_CHECKING:
    from antflow.cluster.state import TaskRecord

_logger = logging.getLogger("antflow")

_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
_BRACKETS = "()[],"


@dataclass
class _Entry:
    """An entry, and what was seen of its runs."""

    name: str
    task: str
    args: str
    kwargs: str
    queue: str | None
    schedule: BaseSchedule | None
    words: str
    runs: int = 0
    last_run: float | None = None
    last_state: str | None = None
    newest: str | None = None

    def is_of(self, record: TaskRecord) -> bool:
        """Whether a task has this entry's arguments, as far as they are known."""
        same_args = record.args is None or _inner(record.args) == _inner(self.args)
        return same_args and (record.kwargs is None or record.kwargs == self.kwargs)

    def see(self, record: TaskRecord, at: float) -> None:
        if record.uuid == self.newest:
            self.last_state = record.state
        elif self.last_run is None or at > self.last_run:
            self.runs += 1
            self.newest, self.last_run, self.last_state = record.uuid, at, record.state


class BeatSchedule:
    """The entries of `app.conf.beat_schedule`.

    Events do not say that beat sent a task: a run of an entry is a task of its type with its
    arguments, whoever sent it.

    Args:
        app: its configuration is read when the schedule is first needed.
    """

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._entries: list[_Entry] | None = None
        self._by_task: dict[str, list[_Entry]] = {}

    def see(self, records: Iterable[TaskRecord]) -> None:
        """Take notice of tasks that are new or have changed."""
        if not self._known():
            return
        for record in records:
            at = record.sent or record.received or record.started
            if at is None or record.name not in self._by_task:
                continue
            for entry in self._by_task[record.name]:
                if entry.is_of(record):
                    entry.see(record, at)

    def entries(self, now: float) -> list[ScheduleEntry]:
        """The entries by name, with their last and next runs."""
        return [
            ScheduleEntry(
                name=entry.name,
                task=entry.task,
                schedule=entry.words,
                last_run=entry.last_run,
                next_run=_next_run(entry, now),
                args=entry.args,
                kwargs=entry.kwargs,
                queue=entry.queue,
                runs=entry.runs,
                last_state=entry.last_state,
            )
            for entry in self._known()
        ]

    def _known(self) -> list[_Entry]:
        if self._entries is None:
            schedule = self._app.conf.beat_schedule or {}
            named = sorted(schedule.items(), key=lambda pair: str(pair[0]))
            self._entries = [_entry(str(name), fields, self._app) for name, fields in named]
            for entry in self._entries:
                self._by_task.setdefault(entry.task, []).append(entry)
        return self._entries


def _entry(name: str, fields: Mapping[str, Any], app: Celery) -> _Entry:
    options = fields.get("options") or {}
    try:
        timing = maybe_schedule(fields.get("schedule"), fields.get("relative", False), app=app)
    except Exception as error:
        _logger.warning("the schedule of %r cannot be read: %s", name, error)
        timing = None
    return _Entry(
        name=name,
        task=str(fields.get("task")),
        args=saferepr(fields.get("args") or (), 1024),
        kwargs=saferepr(fields.get("kwargs") or {}, 1024),
        queue=options.get("queue"),
        schedule=timing if isinstance(timing, BaseSchedule) else None,
        words=in_words(timing),
    )


def in_words(timing: Any) -> str:
    """When something runs: `every 30 seconds`, `crontab 0 4 * * *`, `sunset at 52.5, 13.4`."""
    match timing:
        case crontab():
            parts = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
            return "crontab " + " ".join(str(getattr(timing, f"_orig_{part}")) for part in parts)
        case solar():
            return f"{timing.event.replace('_', ' ')} at {timing.lat:g}, {timing.lon:g}"
        case schedule():
            return "every " + _duration(timing.run_every.total_seconds())
    return str(timing)


def _duration(seconds: float) -> str:
    for size, unit in _UNITS:
        if seconds >= size and seconds % size == 0:
            count = seconds / size
            return unit if count == 1 else f"{count:g} {unit}s"
    return f"{seconds:g} seconds"


def _next_run(entry: _Entry, now: float) -> float | None:
    """When it is due; overdue: in the past. Never run: counted from now, as beat does."""
    if entry.schedule is None:
        return None
    last = entry.last_run if entry.last_run is not None else now
    try:
        moment = dt.datetime.fromtimestamp(last, dt.UTC)
        left = entry.schedule.remaining_estimate(moment)
    except Exception as error:  # a schedule may be anybody's class
        _logger.debug("no next run of %r: %s", entry.name, error)
        return None
    return None if left is None else now + float(left.total_seconds())


def _inner(text: str) -> str:
    """Arguments without their brackets: beat sends a list where the entry holds a tuple."""
    return text.strip().strip(_BRACKETS)
