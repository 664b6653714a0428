"""The parts that a cluster is made of, and how they hang together."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from typing import Any

from celery import Celery

from antflow.cluster.alerts import AlertRule, Alerts
from antflow.cluster.application import application_of
from antflow.cluster.beat import BeatSchedule
from antflow.cluster.broker import QueueWatch
from antflow.cluster.calling import Calls
from antflow.cluster.commands import Commands
from antflow.cluster.control import Control
from antflow.cluster.events import Events
from antflow.cluster.following import Following
from antflow.cluster.freshness import judged
from antflow.cluster.history import History
from antflow.cluster.inspector import Inspector
from antflow.cluster.memory import Memory
from antflow.cluster.picture import consumed, frame
from antflow.cluster.publisher import Publisher
from antflow.cluster.reconcile import Reconciler
from antflow.cluster.requeue import Requeue
from antflow.cluster.results import Results
from antflow.cluster.state import ClusterState
from antflow.exceptions import NotFoundError
from antflow.source import Frame

_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")


class EventLog(Events):
    """The events, which called give the raw ones: `events(after, limit)`, as a Source has it."""

    def __call__(self, after: int = 0, limit: int = 500) -> tuple[int, list[dict[str, Any]]]:
        """Raw events after a sequence number, and the number of the last."""
        return self.recent(after, limit)


class Parts:
    """Makes and connects everything; the arguments are those of `Cluster`."""

    def __init__(
        self,
        app: Celery | str | None,
        *,
        broker: str | None,
        backend: str | None,
        name: str,
        timeout: float,
        max_tasks: int,
        max_workers: int,
        purge_offline_workers: float | None,
        runtime_buckets: Sequence[float],
        history: str | History | None,
        management_url: str | None,
        enable_events: bool,
        alerts: Sequence[AlertRule | dict[str, Any]],
    ) -> None:
        if not _NAME.fullmatch(name):
            raise ValueError(f"name must be letters, digits, '-', '_' or '.', not {name!r}")
        self.name = name
        self.alerts = Alerts(alerts)
        self.app = application_of(app, broker=broker, backend=backend)
        self.state = ClusterState(
            max_tasks=max_tasks,
            max_workers=max_workers,
            purge_offline_workers=purge_offline_workers,
            runtime_buckets=runtime_buckets,
        )
        self.events = EventLog(
            self.app, state=self.state, enable_events=enable_events, on_applied=self._applied
        )
        self.inspector = Inspector(None, self.app, timeout)
        self.control = Control(self.app, inspector=self.inspector, timeout=timeout)
        self.queues = QueueWatch(self.app, management_url=management_url)
        self.results = Results(self.app)
        self.publisher = Publisher(self.app)
        self.calls = Calls(self.app, self.publisher)
        self.requeue = Requeue(self.publisher, self.results)
        self.beat = BeatSchedule(self.app)
        kept = History(history) if isinstance(history, str) else history
        self.memory = Memory(kept, self.state, max_tasks, self._restored)
        self.reconciler = Reconciler(self.state, self.inspector, self.results, self._applied)
        self.following = self._followed()
        self.commands = Commands(
            name, self.state, self.control, self.publisher, self.requeue, self._check_known
        )
        self._frame: Frame | None = None

    def _followed(self) -> Following:
        return Following(
            events=self.events,
            inspector=self.inspector,
            queues=self.queues,
            memory=self.memory,
            reconciler=self.reconciler,
            beat=self.beat,
            alerts=self.alerts,
            frame=self.frame,
            own_queues=self.own_queues,
            paused=lambda: self.control.paused,
            hold_pauses=self._hold_pauses,
        )

    async def _hold_pauses(self) -> None:
        consumed = {
            name: self.inspector.workers.get(name, {}).get("active_queues") or ()
            for name in sorted(self.inspector.known)
        }
        await self.control.hold_pauses(consumed)

    async def stop(self) -> None:
        """Let go of everything."""
        await self.following.stop()
        await self.publisher.stop()

    def frame(self, within: float = 0.0) -> Frame:
        """The frame; one made less than `within` seconds ago serves again."""
        now = time.time()
        kept = self._frame
        if kept is None or not 0 <= now - kept.at < within:
            following = self.following
            told = self.events.health()
            health = judged(told, self.state.workers.values(), now, following.broker_problem)
            kept = self._frame = frame(
                self.name,
                now,
                self.state,
                self.answers(),
                following.queue_views,
                health,
                following.started,
            )
        return kept

    def answers(self) -> dict[str, dict[str, Any]]:
        """Newest answers to inspections by worker, of those that may still be there."""
        known = self.inspector.known | self.state.workers.keys()
        return {name: said for name, said in self.inspector.workers.items() if name in known}

    def own_queues(self) -> Iterable[str]:
        """Names of the queues that the application is configured with."""
        return [str(name) for name in self.app.amqp.queues]

    def is_worker(self, name: str) -> bool:
        """Whether a worker of this name is known, by events or by its answers."""
        return name in self.state.workers or name in self.inspector.known

    def _applied(self, applied: Any) -> None:
        self.following.applied(applied)

    def _restored(self, records: Any) -> None:
        self.following.restored(records)

    def _check_known(self, kind: str, name: str) -> None:
        known = {
            "worker": self.is_worker,
            "group": self._is_task_type,
            "queue": self._is_queue,
        }[kind]
        if not known(name):
            what = {"group": "task type"}.get(kind, kind)
            raise NotFoundError(f"No such {what}: {name!r}")

    def _is_task_type(self, name: str) -> bool:
        if name in self.state.meters.types or name in self.app.tasks:
            return True
        answers = list(self.inspector.workers.values())
        return any(name in _first_words(said.get("registered")) for said in answers)

    def _is_queue(self, name: str) -> bool:
        following = self.following
        known = {view.name for view in following.queue_views} | set(self.control.paused)
        known |= consumed(self.inspector.workers) | set(following.waiting.names)
        return name in known or name in self.own_queues()


def _first_words(registered: Any) -> set[str]:
    """`proj.add [rate_limit=10/s]` is how a worker tells of a task with a limit."""
    return {str(text).split(" ")[0] for text in registered or ()}
