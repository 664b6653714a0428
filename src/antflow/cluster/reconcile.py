"""Reconciliation: what workers and the result backend say, for what the events left out.

Events can be lost without a sign. So now and then, and after a time without a connection,
workers are asked what they have in hand, and the result backend what became of tasks that are
open in the state and in no worker's hands.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from antflow.cluster.results import Results, as_record, as_text
from antflow.cluster.state import ENDED, Applied, ClusterState, TaskRecord
from antflow.cluster.state.schema import number_of, text_of
from antflow.exceptions import ClusterError

if TYPE_CHECKING:
    from antflow.cluster.inspector import Inspector

_logger = logging.getLogger("antflow")

LOOKED_UP = 500
"""Open tasks that the result backend is asked about in one round, at most."""

SETTLED_AFTER = 2.0
"""Seconds for which a task must have been quiet before it is looked up: its event may be due."""

# each takes a few milliseconds, after which the loop goes on: workers may hold thousands of tasks
_CHUNK = 2_000
_LEARNED_AT_ONCE = 500
_READ_AT_ONCE = 100


class Reconciler:
    """Compares the state with what workers and the result backend say.

    Args:
        state: learns what is found.
        inspector: asks the workers.
        results: asks the result backend.
        learned: called with what each round changed.
    """

    def __init__(
        self,
        state: ClusterState,
        inspector: Inspector,
        results: Results,
        learned: Callable[[Applied], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._state = state
        self._inspector = inspector
        self._results = results
        self._learned = learned
        self._clock = clock
        self._looked_up: dict[str, float] = {}
        self.rounds = 0
        self.last: float | None = None
        self.problem: str | None = None

    async def run(self) -> None:
        """One round; never raises for a broker or a backend that is away: see `problem`."""
        began = self._clock()
        answers = await self._answers()
        held = await self._held(answers)
        await self._learn(held.values())
        await self._look_up(held, revoked_ids(answers), began)
        self.rounds += 1
        self.last = self._clock()

    async def _answers(self) -> dict[str, dict[str, Any]]:
        """What each worker answered, by method; the inspector keeps it for the pages, too."""
        inspection = self._inspector.inspect()
        asked = await asyncio.gather(*inspection, return_exceptions=True)
        by_worker: dict[str, dict[str, Any]] = {}
        self.problem = None
        for method, answer in zip(self._inspector.methods, asked, strict=True):
            if isinstance(answer, (ClusterError, OSError)):
                self.problem = str(answer)
            elif isinstance(answer, BaseException):
                raise answer
            else:
                for worker, said in answer.items():
                    by_worker.setdefault(worker, {})[method] = said
        return by_worker

    async def _held(self, answers: Mapping[str, Mapping[str, Any]]) -> dict[str, TaskRecord]:
        held = {}
        for number, record in enumerate(in_hand(answers), 1):
            held[record.uuid] = record
            if number % _READ_AT_ONCE == 0:
                await asyncio.sleep(0)
        return held

    async def _look_up(
        self, held: Mapping[str, TaskRecord], revoked: frozenset[str], began: float
    ) -> None:
        missing = await self._open_tasks(held, began)
        if not missing:
            return
        found: dict[str, dict[str, Any]] = {}
        if self._results.usable:
            try:
                found = await self._results.ask(missing)
            except ClusterError as error:
                self.problem = str(error)
        now = self._clock()
        self._looked_up.update((uuid, now) for uuid in missing)
        records = [as_record(uuid, meta, now) for uuid, meta in found.items()]
        gone = [
            TaskRecord(uuid=uuid, state="REVOKED", revoked=now, timestamp=now)
            for uuid in missing
            if uuid in revoked and uuid not in found and self._was_received(uuid)
        ]
        await self._learn(record for record in (*records, *gone) if record is not None)

    def _was_received(self, uuid: str) -> bool:
        """A revoked one that still waits in its queue is discarded, and said so, on arrival."""
        record = self._state.tasks.get(uuid)
        return record is not None and record.received is not None

    async def _open_tasks(self, held: Mapping[str, TaskRecord], began: float) -> list[str]:
        """Ids of tasks without an end that no worker has, longest unasked first.

        One that is known by its end alone is asked for once: its name may be stored.
        """
        found: list[tuple[float, float, str]] = []
        for number, (uuid, record) in enumerate(list(self._state.tasks.items())):
            nameless = record.name is None and uuid not in self._looked_up
            if (record.state not in ENDED and uuid not in held) or nameless:
                quiet = record.timestamp or 0.0
                if began - quiet > SETTLED_AFTER or quiet > began:  # a clock ahead of ours
                    found.append((self._looked_up.get(uuid, 0.0), quiet, uuid))
            if number % _CHUNK == _CHUNK - 1:
                await asyncio.sleep(0)
        found.sort()
        still = {uuid for _, _, uuid in found}
        tasks = self._state.tasks
        still |= {each for each in self._looked_up if each in tasks and tasks[each].name is None}
        self._looked_up = {uuid: at for uuid, at in self._looked_up.items() if uuid in still}
        return [uuid for _, _, uuid in found[:LOOKED_UP]]

    async def _learn(self, records: Iterable[TaskRecord]) -> None:
        left = iter(records)
        while some := list(islice(left, _LEARNED_AT_ONCE)):
            self._learned(self._state.learn(some))
            await asyncio.sleep(0)


def in_hand(answers: Mapping[str, Mapping[str, Any]]) -> Iterator[TaskRecord]:
    """Records of the tasks that workers hold: active, reserved, or scheduled for later."""
    for worker, methods in answers.items():
        for entry in _entries(methods.get("scheduled")):
            request = entry.get("request")
            if isinstance(request, Mapping) and (record := _record(worker, request)):
                record.eta = text_of("eta", str(entry.get("eta")))
                yield record
        for entry in (*_entries(methods.get("reserved")), *_entries(methods.get("active"))):
            if record := _record(worker, entry):
                yield record


def revoked_ids(answers: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """Ids that any worker counts as revoked."""
    return frozenset(
        uuid
        for methods in answers.values()
        if isinstance(methods.get("revoked"), list | set | tuple)
        for uuid in methods["revoked"]
        if isinstance(uuid, str)
    )


def _entries(answer: Any) -> list[Mapping[str, Any]]:
    return [each for each in answer if isinstance(each, Mapping)] if _is_list(answer) else []


def _is_list(answer: Any) -> bool:
    return isinstance(answer, list | tuple)


def _record(worker: str, request: Mapping[str, Any]) -> TaskRecord | None:
    uuid = text_of("uuid", request.get("id"))
    if not uuid:
        return None
    started = request.get("time_start")
    record = TaskRecord(uuid=uuid, name=text_of("name", request.get("name")), worker=worker)
    record.state = "STARTED" if started else "RECEIVED"
    record.started = record.timestamp = number_of("timestamp", started) or None
    for field in ("args", "kwargs"):
        setattr(record, field, as_text(field, request.get(field)))
    way = request.get("delivery_info")
    if isinstance(way, Mapping):
        for field in ("exchange", "routing_key"):
            setattr(record, field, text_of(field, way.get(field)))
    return record
