"""What workers did of late, from the tasks that ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from antflow.source import Span

if TYPE_CHECKING:
    from antflow.cluster.state import TaskRecord

OLD_IN_A_ROW = 1_000
"""Tasks that ended too early, one after the other, until nothing newer is looked for."""


def spans_of(record: TaskRecord) -> list[Span]:
    """What its worker did; of several attempts the newest."""
    ended = record.finished
    if record.worker is None or record.started is None or ended is None:
        return []
    failed = record.state == "FAILURE"
    return [Span(record.worker, record.uuid, record.name, record.started, ended, failed)]


def recent_spans(ended: Iterable[TaskRecord], since: float) -> Iterator[list[Span]]:
    """Spans of tasks given newest first, until they ended too early.

    One that did may be of a worker whose clock is wrong, or was heard of late: the tasks behind
    it can be newer.

    Args:
        ended: the tasks.
        since: Unix seconds.
    """
    old = 0
    for record in ended:
        old = old + 1 if (record.timestamp or 0.0) < since else 0
        if old > OLD_IN_A_ROW:
            return
        yield spans_of(record)
