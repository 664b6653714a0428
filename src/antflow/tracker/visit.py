"""The history of an item, kept small: one record a stage, expanded into events when read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from msgspec import Struct

from antflow.types import StatusEvent, StatusType


class Place(Struct, frozen=True, gc=False, eq=False):
    """A stage in one run, as the records refer to it.

    Attributes:
        name: the stage's name.
        epoch: Unix seconds where the run's clock stood at 0.
        run: number of the run, increasing.
        following: the stage after it; None: it is the last.
    """

    name: str
    epoch: float
    run: int
    following: Place | None = None


class Attempt(NamedTuple):
    """An attempt that was followed by another; times are on the run's clock."""

    worker: str | None
    started: float
    ended: float
    metadata: dict[str, Any]


class Ending(NamedTuple):
    """An end other than by completing the stage."""

    status: StatusType
    metadata: dict[str, Any]


class Onward(NamedTuple):
    """The item went on to the next stage later than its visit ended: a callback took its time."""

    at: float


class Visit(Struct, gc=False, eq=False):
    """An item's stay with the workers of one stage; times are on the run's clock.

    It was queued when the visit before it ended; the first of an item is an `Entry`.
    A visit holds names, numbers and texts only, so the garbage collector may pass it by.

    Attributes:
        extra: attempts that were followed by another, an `Ending`, an `Onward`.
        following: the item's stay at its next stage.
    """

    place: Place
    worker: str | None = None
    started: float | None = None
    ended: float | None = None
    extra: list[Attempt | Ending | Onward] | None = None
    following: Visit | None = None


class Entry(Visit, gc=False, eq=False):
    """The first visit of an item.

    Attributes:
        queued: when it was fed.
    """

    queued: float = 0.0


class Tracked(Protocol):
    """What the tracker asks of an item."""

    id: Any
    visit: Visit | None


def stays(visit: Visit | None) -> Iterator[Visit]:
    """The visit and those after it."""
    while visit is not None:
        yield visit
        visit = visit.following


def last(visit: Visit) -> Visit:
    """The newest visit."""
    while visit.following is not None:
        visit = visit.following
    return visit


def ending(visit: Visit) -> Ending | None:
    """How the visit ended, other than by completing the stage; None where it did or goes on."""
    for entry in visit.extra or ():
        if isinstance(entry, Ending):
            return entry
    return None


def onward(visit: Visit) -> float | None:
    """When the item went on to the next stage; None where it did not."""
    end = ending(visit)
    if visit.ended is None or visit.place.following is None or (end and end.status != "skipped"):
        return None
    for entry in visit.extra or ():
        if isinstance(entry, Onward):
            return entry.at
    return visit.ended


def status(visit: Visit) -> StatusType:
    """Status of the item whose newest visit this is."""
    if onward(visit) is not None:
        return "queued"
    if (end := ending(visit)) is not None:
        return end.status
    if visit.ended is not None:
        return "completed"
    if visit.started is not None:
        return "in_progress"
    return "retrying" if visit.extra else "queued"


def history(item_id: Any, entry: Entry) -> Iterator[StatusEvent]:
    """All that happened to the item since it was fed, in order."""
    queued: float | None = entry.queued
    visit: Visit = entry
    for visit in stays(entry):
        if queued is not None:
            yield StatusEvent(item_id, visit.place.name, "queued", None, queued + visit.place.epoch)
        yield from _events(item_id, visit)
        queued = onward(visit)
    following = visit.place.following
    if queued is not None and following is not None and visit.ended is not None:
        yield StatusEvent(item_id, following.name, "queued", None, queued + following.epoch)


def _events(item_id: Any, visit: Visit) -> Iterator[StatusEvent]:
    name, epoch = visit.place.name, visit.place.epoch
    for attempt in visit.extra or ():
        if isinstance(attempt, Attempt):
            started, ended = attempt.started + epoch, attempt.ended + epoch
            yield StatusEvent(item_id, name, "in_progress", attempt.worker, started)
            metadata = dict(attempt.metadata)
            yield StatusEvent(item_id, name, "retrying", attempt.worker, ended, metadata)
    if visit.started is not None:
        yield StatusEvent(item_id, name, "in_progress", visit.worker, visit.started + epoch)
    if visit.ended is not None:
        how, metadata = ending(visit) or ("completed", {})
        when = visit.ended + epoch
        yield StatusEvent(item_id, name, how, visit.worker, when, dict(metadata))
