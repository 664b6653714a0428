"""The frame of a cluster: everything that the live pages show, from the state and its meters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from antflow.cluster.groups import failure_groups, groups, totals
from antflow.cluster.views import queue_names, silent_worker_view, worker_view
from antflow.source import Frame, Health, QueueView, WorkerView

if TYPE_CHECKING:
    from antflow.cluster.state import ClusterState

Answers = Mapping[str, Mapping[str, Any]]
"""Answers to inspections by worker and method."""


def frame(
    name: str,
    now: float,
    state: ClusterState,
    answers: Answers,
    queues: Sequence[QueueView],
    health: Health,
    started: float | None,
) -> Frame:
    """The frame; costs as much as there are workers and task types, whatever the tasks."""
    paused = frozenset(queue.name for queue in queues if queue.paused)
    workers = worker_views(state, answers, paused)
    queues = with_consumers(queues, workers, answers)
    return Frame(
        source=name,
        at=now,
        health=health,
        totals=totals(state, started),
        groups=groups(state),
        workers=workers,
        queues=sorted(queues, key=lambda queue: queue.name),
        failures=failure_groups(state, now),
        states=state.states(),
    )


def worker_views(
    state: ClusterState, answers: Answers, paused: frozenset[str] = frozenset()
) -> list[WorkerView]:
    """Rows of all workers by name: those that sent events, and those that only answer."""
    rows = {
        name: worker_view(record, answers.get(name, {}), state.tasks, paused)
        for name, record in state.workers.items()
    }
    for name, said in list(answers.items()):
        if name not in rows and said.get("stats"):
            rows[name] = silent_worker_view(name, said)
    return [rows[name] for name in sorted(rows)]


def with_consumers(
    queues: Sequence[QueueView], workers: Sequence[WorkerView], answers: Answers
) -> Sequence[QueueView]:
    """The queues with those counted who take from them, where the broker does not tell.

    Nothing is counted before every worker online has told its queues: a queue that seems to have
    no consumer is an alarm.
    """
    online = [worker for worker in workers if worker.status != "offline"]
    if any("active_queues" not in answers.get(worker.name, {}) for worker in online):
        return queues
    takers = Counter(queue for worker in online for queue in worker.queues)
    return [
        msgspec.structs.replace(queue, consumers=takers[queue.name])
        if queue.consumers is None
        else queue
        for queue in queues
    ]


def consumed(answers: Answers) -> set[str]:
    """Names of all queues that a worker consumes."""
    return {queue for said in list(answers.values()) for queue in queue_names(said)}


def with_pauses(views: Iterable[QueueView], paused: Iterable[str]) -> list[QueueView]:
    """The queues with those marked that were paused; one that no sample knows is added."""
    stopped = set(paused)
    marked = [
        msgspec.structs.replace(view, paused=True) if view.name in stopped else view
        for view in views
    ]
    known = {view.name for view in marked}
    return marked + [QueueView(name, paused=True) for name in sorted(stopped - known)]
