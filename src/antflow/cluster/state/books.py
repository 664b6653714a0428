"""The tasks and the workers, and every count that must move with them."""

from __future__ import annotations

from collections import deque
from heapq import nsmallest
from itertools import islice
from typing import Final

from antflow.cluster.state.failures import FailureBook
from antflow.cluster.state.kinship import Kinship
from antflow.cluster.state.meters import Meters
from antflow.cluster.state.order import Order
from antflow.cluster.state.record import (
    ENDED,
    FAILURE,
    FINISHED,
    RECEIVED,
    STARTED,
    Applied,
    TaskRecord,
    WorkerRecord,
)
from antflow.cluster.state.schema import sound
from antflow.cluster.state.watch import Watch

REMEMBERED: Final = 10_000  # ids of tasks that left, so that a late event does not bring them back
SHARED_AT_MOST: Final = 10_000
COUNTED: Final = "received started succeeded failed retried revoked rejected".split()


class Books:
    """Everything a cluster's state holds, in step.

    Attributes:
        tasks: by id, in the order they became known.
        workers: by hostname.
        watches: what is kept beside each worker's record.
        meters, failures, kinship, order: derived from the tasks.
        applied: what the present batch or tick has changed.
        left: ids of ended tasks that left, the newest 10,000 at least.
    """

    def __init__(self, max_tasks: int, max_workers: int) -> None:
        self.max_tasks = max(1, max_tasks)
        self.max_workers = max(1, max_workers)
        self.tasks: dict[str, TaskRecord] = {}
        self.workers: dict[str, WorkerRecord] = {}
        self.watches: dict[str, Watch] = {}
        self.meters = Meters()
        self.failures = FailureBook()
        self.kinship = Kinship(self.tasks)
        self.order = Order()
        self.applied = Applied()
        self.batch = 0
        self.done: deque[TaskRecord] = deque()
        self.failed: deque[TaskRecord] = deque()
        self.left: dict[str, None] = {}
        self._shared: dict[str, str] = {}

    def share(self, text: str) -> str:
        """The same text, as the one object that all records hold."""
        known = self._shared.get(text)
        if known is None:
            if len(self._shared) >= SHARED_AT_MOST:
                self._shared.clear()
            known = self._shared[text] = sound(text)
        return known

    def create(self, uuid: str, name: str | None, place: float) -> TaskRecord | None:
        """A new task; None where it is one that left a while ago."""
        if not self.admit(uuid):
            return None
        task = TaskRecord(uuid)
        if name is not None:
            task.name = self.share(name)
        self.tasks[uuid] = task
        self.meters.of(task.name).states[task.state] += 1
        self.order.add(task, place)
        return task

    def admit(self, uuid: str) -> bool:
        """Make room for a new task; False where it is one that left a while ago."""
        if uuid in self.left:
            return False
        if len(self.tasks) >= self.max_tasks:
            self.make_room()
        return True

    def rename(self, task: TaskRecord, name: str) -> None:
        """Give a task its type, which came late, and move what is counted by type."""
        before = self.meters.of(task.name)
        if task.state == FAILURE:
            self.failures.remove(task)
        task.name = self.share(name)
        if task.state == FAILURE:
            self.failures.add(task, task.failed or 0.0)
        task._text = None
        after = self.meters.of(task.name)
        if before is after:
            return
        before.states[task.state] -= 1
        after.states[task.state] += 1
        for count in COUNTED:
            if getattr(task, count) is not None:
                setattr(before, count, max(0, getattr(before, count) - 1))
                setattr(after, count, getattr(after, count) + 1)
        if task.state == STARTED:
            for source, goal in (
                (before.running_since, after.running_since),
                (before.stuck, after.stuck),
            ):
                if task.uuid in source:
                    goal[task.uuid] = source.pop(task.uuid)
        if task.orphaned is not None:
            before.orphaned -= 1
            after.orphaned += 1

    def leave(self, task: TaskRecord) -> None:
        """Undo what the present state counts for: it runs, or waits on its worker, no more."""
        if task.state in ENDED:
            return
        watch = self.watches.get(task.worker) if task.worker is not None else None
        if task.state == RECEIVED and task.eta is None and watch is not None:
            pair = watch.pair(task.name, self.meters)
            pair.prefetched = max(0, pair.prefetched - 1)
        elif task.state == STARTED:
            meter = self.meters.of(task.name)
            if meter.running_since.pop(task.uuid, None) is None:
                meter.stuck.pop(task.uuid, None)
            if watch is not None:
                watch.record.running.pop(task.uuid, None)
            self.heal(task)

    def shift(self, task: TaskRecord, state: str) -> None:
        """Give a task another state, with all that is counted by state."""
        self.leave(task)
        states = self.meters.of(task.name).states
        states[task.state] -= 1
        states[state] += 1
        task.state = state
        task._text = None

    def end(self, task: TaskRecord) -> None:
        """Queue an ended task for leaving when room is needed."""
        queue = self.failed if task.state == FAILURE else self.done
        queue.append(task)
        if len(queue) > 2 * self.max_tasks:  # a task that is rejected again and again
            once = {task.uuid: task for task in queue if task.uuid in self.tasks}
            queue.clear()
            queue.extend(once.values())

    def orphan(self, task: TaskRecord, now: float) -> None:
        """Mark a started task whose worker is dead."""
        if task.orphaned is None and task.state == STARTED:
            meter = self.meters.of(task.name)
            meter.orphaned += 1
            meter.running_since.pop(task.uuid, None)
            meter.stuck.pop(task.uuid, None)
            task.orphaned, task.stuck = now, False
            self.applied.tasks[task.uuid] = task

    def heal(self, task: TaskRecord) -> None:
        """Take the marks off a task that goes on or ended."""
        if task.orphaned is not None:
            self.meters.of(task.name).orphaned -= 1
            task.orphaned = None
        task.stuck = False

    def drop(self, task: TaskRecord) -> None:
        """Forget a task."""
        uuid, state = task.uuid, task.state
        self.leave(task)
        del self.tasks[uuid]
        self.meters.of(task.name).states[state] -= 1
        if task.parent_id is not None or task.root_id is not uuid:
            self.kinship.remove(task)
        self.order.remove(task)
        if state not in FINISHED:
            return
        left = self.left
        left[uuid] = None
        if len(left) > 2 * REMEMBERED:
            self.left = dict.fromkeys(islice(left, REMEMBERED, None))

    def make_room(self) -> None:
        """Let the oldest ended task go, failures only while they fill half; else others."""
        while self.done or self.failed:
            spare = not self.done or len(self.failed) > self.max_tasks // 2
            task = (self.failed if spare and self.failed else self.done).popleft()
            if self.tasks.get(task.uuid) is task and task.state in ENDED:
                self.drop(task)
                return
        wanted = max(1, self.max_tasks // 100)
        oldest = list(islice(self.tasks.values(), 10 * wanted))
        waiting = [task for task in oldest if task.state != STARTED]
        for task in (waiting or oldest)[:wanted]:
            self.drop(task)

    def meet(self, host: str, now: float) -> Watch:
        """The watch of a worker, begun where there is none yet."""
        watch = self.watches.get(host)
        if watch is None:
            if len(self.watches) >= self.max_workers:
                self._make_room_for_worker()
            watch = Watch(self.share(host), now)
            self.watches[watch.host] = watch
            self.workers[watch.host] = watch.record
        return watch

    def _make_room_for_worker(self) -> None:
        wanted = max(1, self.max_workers // 100)
        watches = self.watches.values()
        for watch in nsmallest(wanted, watches, key=Watch.worth):
            self.dismiss(watch, watch.record.last_seen)

    def dismiss(self, watch: Watch, now: float) -> None:
        """Forget a worker."""
        for uuid in list(watch.record.running):
            self.orphan(self.tasks[uuid], now)
        watch.record.running.clear()
        del self.watches[watch.host], self.workers[watch.host]
        self.meters.forget(watch.host)
        self.applied.workers.add(watch.host)
