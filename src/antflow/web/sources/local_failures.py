"""The failures of a pipeline in groups, kept up to date from one snapshot to the next."""

from __future__ import annotations

import traceback
from collections import Counter, deque
from collections.abc import Callable

from msgspec import Struct

from antflow.source import FailureGroup
from antflow.types import ErrorSummary, FailedItem
from antflow.web.sources.local_items import id_text

MOST_GROUPS = 1_000
SHOWN = 50
_TRACEBACK_EVERY = 2.0  # seconds: writing one takes longer than all else in a frame


class Grouped(Struct):
    """Failures of one class in one stage."""

    count: int
    first: float
    newest: FailedItem
    minutes: Counter[int]
    ids: deque[str]
    text: str | None = None
    text_at: float = float("-inf")
    text_of: FailedItem | None = None


class Failures:
    """Groups of failures by exception class and stage.

    Args:
        everything: gives the summary that lists all failures; asked only where more failed
            since the last snapshot than a snapshot lists.
    """

    def __init__(self, everything: Callable[[], ErrorSummary]) -> None:
        self._everything = everything
        self._seen = 0
        self._groups: dict[tuple[str, str], Grouped] = {}

    def observe(self, summary: ErrorSummary) -> None:
        """Count in what failed since the last time."""
        fresh = summary.total_failed - self._seen
        if fresh <= 0:
            return
        listed = summary.failed_items
        if fresh > len(listed):
            listed = self._everything().failed_items
            fresh = len(listed) - self._seen
        self._seen += fresh
        for failure in listed[-fresh:]:
            self._add(failure)

    def _add(self, failure: FailedItem) -> None:
        key = (failure.error_type, failure.stage)
        group = self._groups.get(key)
        if group is None:
            if len(self._groups) >= MOST_GROUPS:
                del self._groups[min(self._groups, key=lambda k: self._groups[k].count)]
            group = Grouped(0, failure.timestamp, failure, Counter(), deque(maxlen=50))
            self._groups[key] = group
        group.count += 1
        group.newest = failure
        group.minutes[int(failure.timestamp // 60)] += 1
        group.ids.appendleft(id_text(failure.item_id))

    def largest(self, now: float) -> list[FailureGroup]:
        """The largest 50 groups."""
        ranked = sorted(self._groups.items(), key=lambda pair: -pair[1].count)[:SHOWN]
        return [_view(key, group, now) for key, group in ranked]


def _view(key: tuple[str, str], group: Grouped, now: float) -> FailureGroup:
    minute = int(now // 60)
    if len(group.minutes) > 120:
        old = [one for one in group.minutes if one < minute - 60]
        for one in old:
            del group.minutes[one]
    return FailureGroup(
        key[0],
        key[1],
        group.count,
        group.first,
        group.newest.timestamp,
        group.ids[0],
        group.newest.error,
        _traceback(group, now),
        tuple(group.minutes.get(minute - ago, 0) for ago in range(59, -1, -1)),
        tuple(group.ids),
    )


def _traceback(group: Grouped, now: float) -> str | None:
    newest = group.newest
    if group.text_of is not newest and not 0 <= now - group.text_at < _TRACEBACK_EVERY:
        group.text, group.text_of, group.text_at = traceback_of(newest), newest, now
    return group.text


def traceback_of(failure: FailedItem) -> str | None:
    """The traceback of a failure; None where its exception is not kept any more."""
    error = failure.exception
    if error is None:
        return None
    try:
        return "".join(traceback.format_exception(error))
    except Exception:  # an exception of somebody's own class may not even have a text
        return None
