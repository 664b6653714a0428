"""What the result backend says of tasks, asked off the event loop and never for long."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Mapping, Sequence
from typing import Any

from celery import Celery
from celery.utils.saferepr import saferepr

from antflow.cluster.inspector.wording import without_secrets
from antflow.cluster.literals import CUT_AT
from antflow.cluster.state import TaskRecord
from antflow.cluster.state.schema import number_of, text_of
from antflow.exceptions import ResultBackendError
from antflow.threads import WorkerThread

_TIMES = {"SUCCESS": "succeeded", "FAILURE": "failed", "REVOKED": "revoked", "RETRY": "retried"}


class Results:
    """The result backend of an application.

    Args:
        app: its backend is used on one thread only.
        timeout: seconds that a question may take in all.
    """

    def __init__(self, app: Celery, *, timeout: float = 5.0) -> None:
        self._app = app
        self._timeout = timeout
        self._thread = WorkerThread("antflow-results")

    @property
    def usable(self) -> bool:
        """Whether there is a backend that others than the sender can ask: not with `rpc://`."""
        address = str(self._app.conf.result_backend or "")
        return bool(address) and not address.startswith(("disabled", "rpc"))

    async def ask(self, task_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """What is stored of each task, as Celery stores it; those unknown are left out.

        What was found within the time is returned.

        Raises:
            ResultBackendError: there is none, or it does not answer.
        """
        if not self.usable:
            raise ResultBackendError("the result backend is disabled")
        if self._thread.busy:
            raise ResultBackendError("the result backend does not answer: a question still waits")
        found: dict[str, dict[str, Any]] = {}
        try:
            async with asyncio.timeout(self._timeout + 0.5):
                await self._thread.run(self._look_up, list(task_ids), found)
        except TimeoutError:
            if not found:
                raise ResultBackendError(
                    f"the result backend did not answer within {self._timeout:g} s"
                ) from None
        except Exception as error:
            reason = without_secrets(str(error))
            raise ResultBackendError(f"the result backend does not answer: {reason}") from error
        return dict(found)

    def _look_up(self, task_ids: list[str], found: dict[str, dict[str, Any]]) -> None:
        backend = self._app.backend
        until = time.monotonic() + self._timeout
        for task_id in task_ids:
            meta = backend.get_task_meta(task_id, cache=False)
            if meta.get("status", "PENDING") != "PENDING":
                found[task_id] = dict(meta)
            if time.monotonic() > until:
                return


def as_record(task_id: str, meta: Mapping[str, Any], now: float) -> TaskRecord | None:
    """What the result backend says, as a record; None for states that are not Celery's own."""
    state = str(meta.get("status"))
    if state not in _TIMES:
        return None
    at = _moment(meta.get("date_done")) or now
    record = TaskRecord(uuid=task_id, state=state)
    setattr(record, _TIMES[state], at)
    record.timestamp = at
    for field in ("name", "worker", "parent_id"):
        setattr(record, field, text_of(field, meta.get(field)))
    for field in ("args", "kwargs"):
        setattr(record, field, as_text(field, meta.get(field)))
    record.retries = int(number_of("retries", meta.get("retries")) or 0)
    outcome = saferepr(meta.get("result"), CUT_AT)
    if state == "SUCCESS":
        record.result = text_of("result", outcome)
    else:
        record.exception = text_of("exception", outcome)
        record.traceback = text_of("traceback", meta.get("traceback")) or None
    return record


def as_text(field: str, value: Any) -> str | None:
    """Arguments as an event carries them: what is text already stays; None: not known."""
    if value is None:
        return None
    return text_of(field, value if isinstance(value, str) else saferepr(value, CUT_AT))


def _moment(text: Any) -> float | None:
    """`date_done` as Unix seconds: ISO text without a zone is UTC."""
    if isinstance(text, dt.datetime):
        moment = text
    else:
        try:
            moment = dt.datetime.fromisoformat(str(text))
        except ValueError:
            return None
    return moment.replace(tzinfo=moment.tzinfo or dt.UTC).timestamp()
