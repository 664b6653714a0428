"""The parts that a cluster is made of, and how they hang together."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any

from celery import Celery

from antflow.cluster.alerts import AlertRule, Alerts
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
from antflow.cluster.picture import frame
from antflow.cluster.publisher import Publisher
from antflow.cluster.reconcile import Reconciler
from antflow.cluster.requeue import Requeue
from antflow.cluster.results import Results
from antflow.cluster.state import Applied, ClusterState, TaskRecord
from antflow.cluster.targets import Targets
from antflow.source import Frame

_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")


class EventLog(Events):
    """The events, which called give the raw ones: `events(after, limit)`, as a Source has it."""

    def __call__(self, after: int = 0, limit: int = 500) -> tuple[int, list[dict[str, Any]]]:
        """Raw events after a sequence number, and the number of the last."""
        return self.recent(after, limit)


class Parts:
    """Makes and connects everything around a state; the arguments are those of `Cluster`."""

    def __init__(
        self,
        name: str,
        app: Celery,
        state: ClusterState,
        *,
        timeout: float,
        max_tasks: int,
        history: str | History | None,
        management_url: str | None,
        enable_events: bool,
        alerts: Sequence[AlertRule | dict[str, Any]],
    ) -> None:
        if not _NAME.fullmatch(name):
            raise ValueError(f"name must be letters, digits, '-', '_' or '.', not {name!r}")
        self.name = name
        self.alerts = Alerts(alerts)
        self.app = app
        self.state = state
        self.events = EventLog(
            app, state=state, enable_events=enable_events, on_applied=self._applied
        )
        self.inspector = Inspector(None, app, timeout)
        self.control = Control(app, inspector=self.inspector, timeout=timeout)
        self.queues = QueueWatch(app, management_url=management_url)
        self.publisher = Publisher(app)
        self.calls = Calls(app, self.publisher)
        self.beat = BeatSchedule(app)
        kept = History(history) if isinstance(history, str) else history
        self.memory = Memory(kept, state, max_tasks, self._restored)
        results = Results(app)
        self.reconciler = Reconciler(state, self.inspector, results, self._applied)
        self.following = self._followed()
        self.targets = Targets(app, state, self.inspector, self.control, self.following)
        requeue = Requeue(self.publisher, results)
        self.commands = Commands(name, state, self.control, self.publisher, requeue, self.targets)
        self._frame: Frame | None = None

    def _followed(self) -> Following:
        return Following(
            self.app,
            events=self.events,
            inspector=self.inspector,
            control=self.control,
            queues=self.queues,
            memory=self.memory,
            reconciler=self.reconciler,
            beat=self.beat,
            alerts=self.alerts,
            frame=self.frame,
        )

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

    def _applied(self, applied: Applied) -> None:
        self.following.applied(applied)

    def _restored(self, records: Sequence[TaskRecord]) -> None:
        self.following.restored(records)
