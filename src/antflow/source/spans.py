"""What workers did of late, for their lanes: which task, from when to when.

Times are Unix seconds.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

EXAMINED = 3_000
"""Tasks looked through for one answer at most, newest first."""


class Span(Struct, frozen=True, gc=False):
    """A task in a worker's hands, from when it took it to when it let it go.

    Attributes:
        worker: its name.
        id: of the task, as text.
        name: the task's type, or the item's stage.
        started: when the worker began.
        ended: when it was done, in whatever way.
        failed: the attempt failed.
    """

    worker: str
    id: str
    name: str | None
    started: float
    ended: float
    failed: bool = False


class Spans(Struct, frozen=True):
    """Spans that have ended.

    Attributes:
        since: all that ended from then on are here; what ended before is not known.
        spans: in no order.
    """

    since: float
    spans: list[Span]


def newest_spans(
    tasks: Iterable[Iterable[Span]], since: float, worker: str | None, limit: int
) -> Spans:
    """Gather the spans of tasks given newest first.

    Where a bound cuts the search short, the answer begins when the task at the cut ended. Of tasks
    that overtook thousands of others, some may be missing.

    Args:
        tasks: the ended spans of each task.
        since: leave out what ended before.
        worker: only this one's; None: everybody's.
        limit: spans at most, or a few more.
    """
    found: list[Span] = []
    for number, spans in enumerate(filter(None, map(list, tasks))):
        if number >= EXAMINED or len(found) >= limit:
            return Spans(max(since, *(span.ended for span in spans)), found)
        found += (s for s in spans if s.ended >= since and worker in (None, s.worker))
    return Spans(since, found)
