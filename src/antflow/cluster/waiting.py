"""Which tasks wait in which queue, as far as their task-sent events told."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import msgspec

from antflow.source import QueueView

if TYPE_CHECKING:
    from antflow.cluster.state import TaskRecord

MOST_QUEUES = 1_000
MOST_TASKS = 100_000
_SETTLED = 5.0


class Waiting:
    """Tasks that were sent to a queue and that no worker has received yet.

    Bounded: beyond `MOST_TASKS` per queue the newest are not remembered, as only the oldest
    counts.
    """

    def __init__(self) -> None:
        self._by_queue: dict[str, dict[str, float]] = {}
        self._queue_of: dict[str, str] = {}

    @property
    def names(self) -> Collection[str]:
        """Queues that a task was sent to."""
        return self._by_queue.keys()

    def see(self, records: Iterable[TaskRecord]) -> None:
        """Take notice of tasks that are new or have changed."""
        for record in records:
            if record.state != "PENDING":
                self._leave(record.uuid)
            elif record.queue is not None and record.sent is not None:
                self._enter(record.queue, record.uuid, record.sent)

    def forget(self, queue: str, before: float) -> None:
        """Nothing sent to this queue before a time waits there any more."""
        tasks = self._by_queue.get(queue, {})
        for uuid in [uuid for uuid, sent in tasks.items() if sent < before]:
            self._leave(uuid)

    def oldest(self, queue: str) -> float | None:
        """When the oldest was sent; None where none is known."""
        return next(iter(self._by_queue.get(queue, {}).values()), None)

    def dated(self, view: QueueView, now: float) -> QueueView:
        """The queue with the age of its oldest message, where an event told it."""
        if view.messages == 0 and self.oldest(view.name) is not None:
            self.forget(view.name, now - _SETTLED)  # an event may be ahead of the sample
        sent = self.oldest(view.name) if view.messages != 0 else None
        if sent is None:
            return view
        if view.oldest is not None and view.oldest < sent:
            return view  # something older was seen there before
        return msgspec.structs.replace(view, oldest=sent, oldest_at_least=False)

    def _enter(self, queue: str, uuid: str, sent: float) -> None:
        tasks = self._by_queue.get(queue)
        if tasks is None:
            if len(self._by_queue) >= MOST_QUEUES:
                return
            tasks = self._by_queue[queue] = {}
        if len(tasks) < MOST_TASKS:
            tasks[uuid] = sent
            self._queue_of[uuid] = queue

    def _leave(self, uuid: str) -> None:
        queue = self._queue_of.pop(uuid, None)
        if queue is not None:
            self._by_queue[queue].pop(uuid, None)
