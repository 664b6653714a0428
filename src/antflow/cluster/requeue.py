"""Sends tasks again that have failed, with what is known of their arguments and their way."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from celery.utils import uuid as new_id

from antflow.cluster.literals import keywords, positional
from antflow.cluster.publisher import Publisher
from antflow.cluster.results import Results
from antflow.cluster.state import TaskRecord
from antflow.exceptions import BrokerConnectionError, ResultBackendError
from antflow.source import Answer

REMEMBERED = 50_000
"""Tasks sent again that are remembered, so that a double click sends one only."""

AGAIN_AFTER = 600.0
"""Seconds for which a task is not sent again."""

_MAY = frozenset({"FAILURE", "REVOKED", "REJECTED"})
_AT_ONCE = 200


class Requeue:
    """Sends tasks again, under new ids.

    Arguments come from the result backend where it stores them (`result_extended`), else from
    the events' texts, where these are whole and mere literals. Queue, exchange and routing key
    are kept as far as events told them, else the application's routes decide; root and parent
    are kept. Time to run and expiry are not: they were the first sending's. Priority, callbacks
    and group are not: no event tells them.

    Args:
        publisher: sends them.
        results: the result backend.
    """

    def __init__(self, publisher: Publisher, results: Results) -> None:
        self._publisher = publisher
        self._results = results
        self._sent: OrderedDict[str, tuple[float, str]] = OrderedDict()

    async def send(self, records: Sequence[TaskRecord]) -> list[Answer]:
        """Send each again.

        Returns:
            One answer a task, in order: its `who` is the task's id, its text has the new id, or
            the reason why not.
        """
        answers: list[Answer] = []
        away = False
        for start in range(0, len(records), _AT_ONCE):
            some = records[start : start + _AT_ONCE]
            stored = await self._stored([each for each in some if may_be_sent(each)])
            for each in some:
                if away:
                    answers.append(Answer(each.uuid, False, "not tried: the broker is away"))
                    continue
                try:
                    answers.append(await self._one(each, stored.get(each.uuid, {})))
                except BrokerConnectionError as error:
                    away = True  # the others would each wait as long
                    answers.append(Answer(each.uuid, False, str(error)))
        return answers

    async def _stored(self, records: Sequence[TaskRecord]) -> dict[str, dict[str, Any]]:
        if not records or not self._results.usable:
            return {}
        try:
            return await self._results.ask([each.uuid for each in records])
        except ResultBackendError:
            return {}  # the events' texts may do

    async def _one(self, record: TaskRecord, meta: Mapping[str, Any]) -> Answer:
        name = record.name or meta.get("name") or ""  # the event that named it may have been missed
        reason = refusal(record, name) or self._already(record.uuid)
        if reason is not None:
            return Answer(record.uuid, False, reason)
        try:
            args, kwargs = arguments_of(record, meta)
        except ValueError as error:
            return Answer(record.uuid, False, f"not sent again: {error}")
        return await self._publish(record, name, args, kwargs, way_of(record, meta))

    async def _publish(
        self,
        record: TaskRecord,
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        way: dict[str, Any],
    ) -> Answer:
        # Claimed before it is sent: two clicks must not meet while the broker is slow.
        fresh = self._remember(record.uuid)
        ancestors = {"root_id": record.root_id or record.uuid, "parent_id": record.parent_id}
        options = {"task_id": fresh, **ancestors, **way}
        try:
            await self._publisher.send(name, args, kwargs, options)
        except TimeoutError as error:
            # It may still leave, so the claim stands.
            text = f"the broker does not answer; if it was sent, then as {fresh}"
            raise BrokerConnectionError(text) from error
        except BrokerConnectionError:
            self._sent.pop(record.uuid, None)
            raise
        except Exception as error:
            self._sent.pop(record.uuid, None)
            return Answer(record.uuid, False, f"not sent again: {error}")
        return Answer(record.uuid, True, f"sent again as {fresh}")

    def was_sent(self, task_id: str) -> bool:
        """Whether it was sent again within the last 10 minutes."""
        return self._already(task_id) is not None

    def _already(self, task_id: str) -> str | None:
        at, fresh = self._sent.get(task_id, (0.0, ""))
        if fresh and time.monotonic() - at < AGAIN_AFTER:
            return f"already sent again as {fresh}"
        return None

    def _remember(self, task_id: str) -> str:
        fresh = str(new_id())
        self._sent[task_id] = (time.monotonic(), fresh)
        self._sent.move_to_end(task_id)
        if len(self._sent) > REMEMBERED:
            self._sent.popitem(last=False)
        return fresh


def may_be_sent(record: TaskRecord) -> bool:
    """Whether the task has failed or is orphaned."""
    return record.state in _MAY or record.orphaned is not None


def refusal(record: TaskRecord, name: str) -> str | None:
    """Why a task is not sent again, whatever its arguments; None: it may be."""
    if not may_be_sent(record):
        return f"not sent again: it is {record.state}, neither failed nor orphaned"
    return None if name else "not sent again: the task's name is not known"


def arguments_of(
    record: TaskRecord, meta: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments: stored by the result backend, else from the event's texts.

    Raises:
        ValueError: neither has them whole.
    """
    args, kwargs = meta.get("args"), meta.get("kwargs")
    if isinstance(args, list | tuple) and isinstance(kwargs, dict):
        return tuple(args), kwargs
    return positional(record.args), keywords(record.kwargs)


def way_of(record: TaskRecord, meta: Mapping[str, Any]) -> dict[str, Any]:
    """Queue, exchange and routing key for `send_task`; empty: as the application routes it."""
    key = record.routing_key or meta.get("queue")  # Celery stores the routing key as queue
    if record.exchange and key:
        way = {"exchange": record.exchange, "routing_key": key}
        return way | ({"queue": record.queue} if record.queue else {})
    queue = record.queue or key
    return {"queue": queue} if queue else {}
