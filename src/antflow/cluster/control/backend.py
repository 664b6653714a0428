"""What is done to tasks and queues without a worker: aborting in the backend, purging."""

from __future__ import annotations

from typing import Any

from celery import Celery
from celery.backends.base import DisabledBackend
from celery.contrib.abortable import AbortableAsyncResult
from celery.states import READY_STATES

from antflow.cluster.inspector.lines import Lines
from antflow.cluster.inspector.wording import without_secrets
from antflow.exceptions import NotFoundError, ResultBackendError
from antflow.source import Answer


def abort(app: Celery, task_id: str) -> Answer:
    """Tell a task, through the result backend, to end; blocks.

    Raises:
        ResultBackendError: there is none, or it does not answer.
    """
    if isinstance(app.backend, DisabledBackend):
        raise ResultBackendError(
            "The result backend is disabled, and tasks are aborted through it: set result_backend"
        )
    result = AbortableAsyncResult(task_id, app=app)
    try:
        state = result.state
        if state in READY_STATES:
            return Answer("result backend", False, f"the task has already ended: {state}")
        result.abort()
    except Exception as error:
        reason = without_secrets(f"{type(error).__name__}: {error}")
        raise ResultBackendError(f"The result backend does not answer: {reason}") from error
    return Answer(
        "result backend", True, "marked as aborted; an AbortableTask ends when it looks next"
    )


def backend_is_silent(timeout: float) -> ResultBackendError:
    """The error for a backend that takes too long."""
    return ResultBackendError(f"The result backend does not answer: timeout after {timeout:g} s")


def purge(lines: Lines, queue: str) -> int:
    """Throw away the messages that wait in a queue; returns how many; blocks.

    Raises:
        NotFoundError: the broker knows no such queue.
        BrokerConnectionError: no connection to the broker.
    """
    with lines.line() as line:
        try:
            purged: Any = line.channel.queue_purge(queue)
        except line.connection.channel_errors as error:
            # RabbitMQ has closed the channel with it.
            line.drop()
            if getattr(error, "code", None) == 404:
                raise NotFoundError(f"the broker has no queue {queue!r}") from error
            raise
    return int(purged or 0)
