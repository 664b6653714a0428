"""Two real workers on one Redis, the pages of their cluster, and what they say themselves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from celery.schedules import crontab
from polling import eventually
from served import Served
from workers import WorkerProcess

from antflow.cluster import Cluster
from antflow.source import TaskDetail

SCHEDULE = {
    "every minute": {"task": "tests.add", "schedule": 60.0, "args": (1, 2)},
    "nightly": {"task": "tests.echo", "schedule": crontab(hour=4, minute=0)},
}


class Farm:
    """A worker of the queues `celery` and `cold`, another of `other`, and pages over both.

    Args:
        broker: address of the broker.
        results: folder of the results.
        settings: of the server, by name.
    """

    def __init__(self, broker: str, results: Path, **settings: Any) -> None:
        backend = f"file://{results}"
        self.plain = WorkerProcess(broker, backend, queues=["celery", "cold"])
        self.other = WorkerProcess(broker, backend, queues=["other"])
        self.app = self.plain.make_app(beat_schedule=SCHEDULE)
        self.served = Served(lambda: [Cluster(self.app, name="farm")], **settings)

    def __enter__(self) -> Farm:
        self.plain.start()
        self.other.start()
        self.served.start()
        eventually(lambda: len(self.cluster.get_worker_states()) == 2, 30)
        return self

    def __exit__(self, *_exc: object) -> None:
        self.served.stop()
        self.other.close()
        self.plain.close()

    @property
    def cluster(self) -> Cluster:
        """What is served."""
        source = self.served.sources[0]
        assert isinstance(source, Cluster)
        return source

    def ask(self, method: str, worker: WorkerProcess | None = None, *args: Any) -> Any:
        """A worker's own answer to an inspection, by Celery itself."""
        name = (worker or self.plain).hostname
        inspect = self.app.control.inspect(destination=[name], timeout=3.0, limit=1)
        return (getattr(inspect, method)(*args) or {}).get(name)

    def send(self, name: str, *args: Any, **options: Any) -> str:
        """Send a task; its id."""
        return str(self.app.send_task(name, args, **options).id)

    def count(self, state: str, search: str = "") -> int:
        """Tasks in a state that the server knows of."""
        return self.served.run(self._count(f"state:{state} {search}"))

    async def _count(self, search: str) -> int:
        return sum(1 for _ in self.cluster.iter_tasks(search))

    def detail(self, task_id: str) -> TaskDetail | None:
        """A task as the server knows it."""
        return self.served.run(self.cluster.task(task_id))

    def state(self, task_id: str) -> str:
        """Its state; empty: not known yet."""
        detail = self.detail(task_id)
        return detail.task.state if detail else ""

    def started(self, name: str) -> Mapping[str, int]:
        """How often a worker's log tells that tasks of a type came, by id."""
        ids: dict[str, int] = {}
        for text in (self.plain.text, self.other.text):
            for line in text.splitlines():
                _, found, rest = line.partition(f"Task {name}[")
                if found and rest.endswith("] received"):
                    task_id = rest.partition("]")[0]
                    ids[task_id] = ids.get(task_id, 0) + 1
        return ids
