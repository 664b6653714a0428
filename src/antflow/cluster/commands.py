"""Does what the verbs of a cluster say."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from celery.utils import uuid as new_id

from antflow.cluster.calling import sending
from antflow.cluster.control import Control
from antflow.cluster.publisher import Publisher
from antflow.cluster.requeue import Requeue
from antflow.cluster.state import ENDED, ClusterState, TaskRecord
from antflow.cluster.targets import Targets
from antflow.cluster.verbs import checked, find_verb
from antflow.exceptions import NotFoundError
from antflow.source import Answer

Arguments = dict[str, Any]
_AT_ONCE = 500


class Commands:
    """The verbs of one cluster.

    Args:
        name: the cluster's name, for answers that no worker gives.
        state: what is known of tasks.
        control: what steers workers.
        publisher: what calls tasks.
        requeue: what sends tasks again.
        targets: knows workers, queues and task types by name.
    """

    def __init__(
        self,
        name: str,
        state: ClusterState,
        control: Control,
        publisher: Publisher,
        requeue: Requeue,
        targets: Targets,
    ) -> None:
        self._name = name
        self._state = state
        self._control = control
        self._publisher = publisher
        self._requeue = requeue
        self._targets = targets

    async def run(
        self, verb_name: str, target: str | None, given: Mapping[str, Any] | None
    ) -> list[Answer]:
        """Check what is asked, and do it.

        Raises:
            NotFoundError: no such target.
            ValueError: an unknown verb, no target, or arguments that it does not take.
            ClusterError: as `Control` raises.
        """
        verb = find_verb(verb_name)
        arguments = checked(verb, given)
        if not target and verb.target != "tasks":
            raise ValueError(f"{verb_name} needs a {verb.target} as its target")
        target = target or ""
        if verb.target not in {"task", "tasks"}:
            self._targets.check(verb.target, target)
        do: Callable[[str, Arguments], Awaitable[list[Answer]]]
        do = getattr(self, f"_{verb.target}_{verb.name}", None) or self._plain(verb.name)
        return await do(target, arguments)

    async def retry(self, task_ids: Sequence[str]) -> list[Answer]:
        """Send tasks again.

        Raises:
            NotFoundError: one is not known; nothing was sent.
        """
        return await self._requeue.send([self._task(each) for each in task_ids])

    def _plain(self, name: str) -> Callable[[str, Arguments], Awaitable[list[Answer]]]:
        method = getattr(self._control, name)

        async def do(target: str, arguments: Arguments) -> list[Answer]:
            answers: list[Answer] = await method(target, **arguments)
            return answers

        return do

    async def _group_rate_limit(self, task: str, arguments: Arguments) -> list[Answer]:
        self._check_worker(arguments)
        return await self._control.rate_limit(task, **arguments)

    async def _group_time_limit(self, task: str, arguments: Arguments) -> list[Answer]:
        if arguments["soft"] is None and arguments["hard"] is None:
            raise ValueError("time_limit: give soft, hard or both")
        self._check_worker(arguments)
        return await self._control.time_limit(task, **arguments)

    def _check_worker(self, arguments: Arguments) -> None:
        if arguments["worker"]:
            self._targets.check("worker", arguments["worker"])

    async def _group_apply(self, task: str, arguments: Arguments) -> list[Answer]:
        args = _json("args", arguments["args"], list)
        kwargs = _json("kwargs", arguments["kwargs"], dict)
        options = {"task_id": str(new_id())}
        if arguments["queue"]:
            options["queue"] = arguments["queue"]
        with sending(self._publisher.timeout):
            await self._publisher.send(task, tuple(args), kwargs, options)
        return [Answer(self._name, True, f"sent as {options['task_id']}")]

    async def _task_retry(self, task_id: str, arguments: Arguments) -> list[Answer]:
        return await self.retry([task_id])

    async def _tasks_retry(self, search: str, arguments: Arguments) -> list[Answer]:
        records, total = self._matching(search, arguments["limit"], self._to_retry)
        answers = await self._requeue.send(records)
        return answers + self._left_over(total, len(records))

    async def _tasks_revoke(self, search: str, arguments: Arguments) -> list[Answer]:
        most = arguments.pop("limit")
        records, total = self._matching(search, most, _is_open)
        ids = [record.uuid for record in records]
        for start in range(0, len(ids), _AT_ONCE):
            await self._control.revoke(ids[start : start + _AT_ONCE], **arguments)
        answers = [Answer(uuid, True, "revoked") for uuid in ids]
        return answers + self._left_over(total, len(ids))

    def _to_retry(self, record: TaskRecord) -> bool:
        # those sent again lately would be refused, and stand in the way of the rest
        return _has_failed(record) and not self._requeue.was_sent(record.uuid)

    def _matching(
        self, search: str, most: int, wanted: Callable[[TaskRecord], bool]
    ) -> tuple[list[TaskRecord], int]:
        records = []
        total = 0
        for record in self._state.iterate(search):
            if wanted(record):
                total += 1
                if total <= most:
                    records.append(record)
        return records, total

    def _left_over(self, total: int, done: int) -> list[Answer]:
        if total <= done:
            return []
        text = f"{total - done} more match; the limit was {done}: ask again for the rest"
        return [Answer(self._name, False, text)]

    def _task(self, task_id: str) -> TaskRecord:
        record = self._state.tasks.get(task_id)
        if record is None:
            raise NotFoundError(f"No task {task_id!r} is known")
        return record


def _has_failed(record: TaskRecord) -> bool:
    return record.state == "FAILURE" or record.orphaned is not None


def _is_open(record: TaskRecord) -> bool:
    return record.state not in ENDED


def _json(name: str, text: str, kind: type) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"apply: {name} is no JSON: {error}") from None
    if not isinstance(value, kind):
        raise ValueError(f"apply: {name} must be a JSON {'list' if kind is list else 'object'}")
    return value
