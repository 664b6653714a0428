"""Which task was called by which: parents, children, whole trees."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from antflow.cluster.state.record import TaskRecord

Index = dict[str, dict[str, None]]


class Kinship:
    """Children by parent, and members of a tree by its root; only of tasks that have a parent."""

    def __init__(self, tasks: Mapping[str, TaskRecord]) -> None:
        self._tasks = tasks
        self._children: Index = {}
        self._rooted: Index = {}

    def add(self, task: TaskRecord) -> None:
        """Note whose child a task is; harmless when repeated."""
        if task.parent_id is not None:
            self._children.setdefault(task.parent_id, {})[task.uuid] = None
        if task.root_id is not None and task.root_id != task.uuid:
            self._rooted.setdefault(task.root_id, {})[task.uuid] = None

    def remove(self, task: TaskRecord) -> None:
        """Forget a task."""
        for index, key in ((self._children, task.parent_id), (self._rooted, task.root_id)):
            members = index.get(key) if key is not None else None
            if members is not None:
                members.pop(task.uuid, None)
                if not members and key is not None:
                    del index[key]

    def children(self, uuid: str) -> list[TaskRecord]:
        """The tasks that a task called, oldest first."""
        known = self._children.get(uuid, ())
        return [self._tasks[child] for child in known if child in self._tasks]

    def tree(self, uuid: str, limit: int) -> list[TaskRecord]:
        """The root of a task and all below it that is known, parents before children."""
        task = self._tasks.get(uuid)
        root = (task.root_id or uuid) if task is not None else uuid
        found: dict[str, TaskRecord] = {}
        self._descend(root, found, limit)
        for member in (*self._rooted.get(root, ()), uuid):  # whose parents are not known
            self._descend(self._top(member), found, limit)
        return list(found.values())

    def _top(self, uuid: str) -> str:
        """The highest ancestor that is known."""
        seen = {uuid}
        while (task := self._tasks.get(uuid)) is not None:
            parent = task.parent_id
            if parent is None or parent not in self._tasks or parent in seen:
                break
            seen.add(parent)
            uuid = parent
        return uuid

    def _descend(self, top: str, found: dict[str, TaskRecord], limit: int) -> None:
        """Add what is below, level by level."""
        waiting = deque([top])
        while waiting and len(found) < limit:
            uuid = waiting.popleft()
            task = self._tasks.get(uuid)
            if uuid in found:
                continue
            if task is not None:
                found[uuid] = task
            waiting.extend(self._children.get(uuid, ()))
