"""`World`: what a `FakeSource` shows, and how it goes on; pure, no clock, no I/O."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from random import Random
from typing import Any, Literal

from msgspec import Struct, field, structs

from antflow.source import RunningTask, TaskView, WorkerView
from antflow.web.sources.fake_tasks import Making, failed, finished, made, name_of, started
from antflow.web.sources.hostile import Words

Kind = Literal["pipeline", "cluster"]

STAGES = ("Fetch", "Parse", "Enrich", "Store")
TYPES = ("shop.tasks.charge", "shop.tasks.mail", "reports.build", "images.resize", "search.index")
QUEUES = ("celery", "mail", "images", "reports")
KEPT_EVENTS = 2_000
_STEPS = 2_000  # changes at most in one go, whatever time passed


class Tally(Struct):
    """What is counted of a group.

    Attributes:
        durations: of the newest 200 that ended, in seconds.
    """

    succeeded: int = 0
    failed: int = 0
    retried: int = 0
    durations: deque[float] = field(default_factory=lambda: deque(maxlen=200))


class World:
    """Workers, tasks and queues in memory.

    Args:
        kind: of a pipeline or of a cluster.
        workers: how many.
        tasks: how many there are at first; also the most that are kept, 1,000 at least.
        failures: share of tasks that fail, 0.0 to 1.0.
        hostile: whether names and texts are hostile.
        rate: changes a second: tasks that start or end.
        seed: of everything that looks like chance.
        now: Unix seconds at which it begins.
    """

    def __init__(
        self,
        kind: Kind,
        *,
        workers: int,
        tasks: int,
        failures: float,
        hostile: bool,
        rate: float,
        seed: int,
        now: float,
    ) -> None:
        self.kind = kind
        self.rng = Random(seed)
        self.words = Words(self.rng, hostile=hostile)
        self.failures = failures
        self.rate = rate
        self.begun = self.now = now
        self.bound = max(1_000, tasks)
        self.groups = [self.words.name(n, i) for i, n in enumerate(self._plain_groups())]
        self.queue_names = [self.words.name(n, i) for i, n in enumerate(QUEUES)]
        self.tasks: dict[str, TaskView] = {}
        self.states: Counter[str] = Counter()
        self.tallies = {group: Tally() for group in self.groups}
        self.failed: dict[tuple[str, str], list[TaskView]] = {}
        self.failed_count: Counter[tuple[str, str]] = Counter()
        self.paused: set[str] = set()
        self.workers: dict[str, WorkerView] = {}
        self.events: deque[dict[str, Any]] = deque(maxlen=KEPT_EVENTS)
        self.last_event = 0
        self.ended: deque[float] = deque(maxlen=20_000)
        self.history: deque[float] = deque([0.0] * 60, maxlen=60)
        self._owed = 0.0
        self._number = 0
        for number in range(workers):
            self._hire(number)
        self._fill(tasks)

    def _plain_groups(self) -> tuple[str, ...]:
        return STAGES if self.kind == "pipeline" else TYPES

    def _hire(self, number: int) -> None:
        group = self.groups[number % len(self.groups)] if self.kind == "pipeline" else None
        plain = f"{group}-W{number // len(self.groups)}" if group else f"celery@node{number:04d}"
        name = plain if group else self.words.name(plain, number)
        self.workers[name] = WorkerView(
            name=name,
            status="idle",
            group=group,
            pool=None if group else "prefork",
            concurrency=1 if group else 4,
            load=None if group else (round(self.rng.uniform(0, 4), 2), 1.2, 0.9),
            queues=() if group else tuple(self.queue_names[: 1 + number % 3]),
            last_seen=self.now,
            drift=300.0 if number == 2 and not group else 0.0,
            version=None if group else "py-celery 5.7.0",
        )

    def _fill(self, count: int) -> None:
        making = Making(self.kind, self.rng, self.words, self.groups, self.queue_names)
        names = list(self.workers)
        for number in range(count):
            at = self.now - (count - number) * 0.5
            task = made(making, number, at, self.rng.choice(names) if names else None)
            self.put(task)
            self._number += 1
            self._book(task)
        for task in list(self.tasks.values())[-3 * len(names) :] if names else ():
            if task.state in {"STARTED", "in_progress"} and task.worker is not None:
                self._take(self.workers[task.worker], task)

    # -- changes ------------------------------------------------------------------------------

    def put(self, task: TaskView) -> None:
        """Have this row instead of the one of the same id; the oldest leaves when full."""
        before = self.tasks.get(task.id)
        if before is not None:
            self.states[before.state] -= 1
        elif len(self.tasks) >= self.bound:
            oldest = self.tasks.pop(next(iter(self.tasks)))
            self.states[oldest.state] -= 1
        self.tasks[task.id] = task
        self.states[task.state] += 1

    def change(self, task_id: str, **fields: Any) -> TaskView:
        """Change fields of a row."""
        task = structs.replace(self.tasks[task_id], **fields)
        self.put(task)
        return task

    def go_on(self, now: float) -> None:
        """Let time pass up to `now`; what happens depends on the seed and the time only."""
        passed = max(0.0, now - self.now)
        self._owed = min(self._owed + passed * self.rate, _STEPS)
        steps = int(self._owed)
        self._owed -= steps
        begin, self.now = self.now, max(now, self.now)
        self._remember_seconds(begin)
        names = list(self.workers)
        if not names:
            return
        for step in range(steps):
            at = begin + passed * (step + 1) / steps
            self._step(self.workers[names[self.rng.randrange(len(names))]], at)

    def _remember_seconds(self, begin: float) -> None:
        for second in range(int(begin), min(int(self.now), int(begin) + 60)):
            self.history.append(float(self.ended_since(second) - self.ended_since(second + 1)))

    def ended_since(self, when: float) -> int:
        """Tasks that ended since then, as far as it remembers."""
        count = 0
        for at in reversed(self.ended):
            if at < when:
                break
            count += 1
        return count

    def _step(self, worker: WorkerView, at: float) -> None:
        if worker.status == "offline":
            return
        if worker.running and (
            worker.active >= (worker.concurrency or 1) or self.rng.random() < 0.5
        ):
            self._end(worker, at)
        elif worker.status != "paused" and worker.group not in self.paused:
            self._begin(worker, at)

    def _begin(self, worker: WorkerView, at: float) -> None:
        making = Making(self.kind, self.rng, self.words, self.groups, self.queue_names)
        task = started(making, self._number, at, worker)
        self._number += 1
        self.put(task)
        self._take(worker, task)
        self._tell("task-started", task, at)

    def _take(self, worker: WorkerView, task: TaskView) -> None:
        running = (*worker.running, RunningTask(task.id, task.name, task.started, task.stuck))
        self._set(worker, running=running, active=len(running), status="busy")

    def release(self, task_id: str) -> WorkerView | None:
        """Take a task out of its worker's hands; the worker that had it."""
        for worker in self.workers.values():
            if any(one.id == task_id for one in worker.running):
                left = tuple(one for one in worker.running if one.id != task_id)
                status = worker.status if left or worker.status != "busy" else "idle"
                return self._set(worker, running=left, active=len(left), status=status)
        return None

    def _end(self, worker: WorkerView, at: float) -> None:
        task_id = worker.running[0].id
        left = worker.running[1:]
        good = self.rng.random() >= self.failures
        task = self.tasks.get(task_id)
        status = worker.status if left or worker.status != "busy" else "idle"
        self._set(
            worker,
            running=left,
            active=len(left),
            status=status,
            processed=worker.processed + 1,
            succeeded=worker.succeeded + good,
            failed=worker.failed + (not good),
            last_seen=at,
        )
        self.ended.append(at)
        if task is not None:
            making = Making(self.kind, self.rng, self.words, self.groups, self.queue_names)
            task = finished(making, task, at) if good else failed(making, task, at)
            self.put(task)
            self._book(task)
            self._tell("task-succeeded" if good else "task-failed", task, at)

    def _book(self, task: TaskView) -> None:
        tally = self.tallies[name_of(task)]
        tally.retried += task.retries
        if task.runtime is not None:
            tally.durations.append(task.runtime)
        if task.state in {"SUCCESS", "completed"}:
            tally.succeeded += 1
        elif task.state in {"FAILURE", "failed"}:
            tally.failed += 1
            key = ((task.exception or "Exception").partition("(")[0], name_of(task))
            newest = self.failed.setdefault(key, [])
            newest.append(task)
            del newest[:-50]
            self.failed_count[key] += 1

    def _set(self, worker: WorkerView, **fields: Any) -> WorkerView:
        changed = structs.replace(worker, **fields)
        self.workers[worker.name] = changed
        return changed

    def change_worker(self, name: str, **fields: Any) -> WorkerView:
        """Change fields of a worker."""
        return self._set(self.workers[name], **fields)

    def _tell(self, kind: str, task: TaskView, at: float) -> None:
        self.last_event += 1
        event = {"seq": self.last_event, "type": kind, "timestamp": at, "uuid": task.id}
        self.events.append(event | {"hostname": task.worker, "name": task.name})

    def newest_first(self) -> Iterator[TaskView]:
        """All rows, the newest first; tolerates changes meanwhile."""
        return reversed(list(self.tasks.values()))
