"""`Calls`: tasks called for somebody outside, and what became of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import Celery
from celery.backends.base import DisabledBackend
from kombu.exceptions import OperationalError

from antflow.cluster.inspector.wording import without_secrets
from antflow.cluster.publisher import Publisher
from antflow.exceptions import AntFlowError, BrokerConnectionError, ResultBackendError
from antflow.threads import WorkerThread

log = logging.getLogger("antflow.cluster")


@contextmanager
def sending(seconds: float) -> Iterator[None]:
    """Around sending one task: what Celery raises becomes an error with a reason.

    Args:
        seconds: that it may take, for the text.

    Raises:
        ValueError: arguments or options with which it cannot be sent.
        BrokerConnectionError: the broker is away, or did not accept it in time.
    """
    try:
        yield
    except TimeoutError:
        raise BrokerConnectionError(
            f"connection: the broker did not accept the task within {seconds:g} s"
        ) from None
    except (OSError, OperationalError) as error:
        reason = without_secrets(str(error))
        raise BrokerConnectionError(f"no connection to the broker: {reason}") from None
    except AntFlowError:
        raise
    except Exception as error:
        # Celery and kombu find out as they go what an option cannot be, with all kinds of errors.
        log.debug("a task could not be sent", exc_info=True)
        told = without_secrets(f"{type(error).__name__}: {str(error)[:200]}")
        raise ValueError(f"the task cannot be sent so: {told}") from None


class Calls:
    """Calls tasks of an application, off the event loop.

    Args:
        app: the application.
        publisher: sends the tasks.
        timeout: seconds that the broker may take to accept a task, and the result backend to
            tell its state.
    """

    def __init__(self, app: Celery, publisher: Publisher, *, timeout: float = 1.5) -> None:
        self._app = app
        self._publisher = publisher
        self._timeout = timeout
        self._thread = WorkerThread("antflow-states")

    @property
    def has_results(self) -> bool:
        """Whether the application has a result backend."""
        return not isinstance(self._app.backend, DisabledBackend)

    def check(self, name: str, args: list[Any], kwargs: dict[str, Any]) -> None:
        """Check arguments against the signature of a task that the application knows.

        Raises:
            ValueError: the task does not take these arguments.
        """
        task = self._app.tasks.get(name)
        if task is not None and task.typing:
            try:
                task.__header__(*args, **kwargs)
            except TypeError as error:
                raise ValueError(str(error)) from None

    async def call(
        self, name: str, args: list[Any], kwargs: dict[str, Any], options: dict[str, Any]
    ) -> str:
        """Send a task.

        Args:
            name: its type; one that the application does not know is sent all the same.
            args: positional arguments.
            kwargs: keyword arguments.
            options: of `apply_async`.

        Returns:
            The new task's id.

        Raises:
            ValueError: arguments or options with which it cannot be sent.
            NotFoundError: the broker has no such queue.
            BrokerConnectionError: the broker is away, or did not accept it in time.
        """
        with sending(self._timeout):
            async with asyncio.timeout(self._timeout):
                return await self._publisher.call(name, tuple(args), kwargs, options)

    async def state(self, task_id: str) -> dict[str, Any]:
        """What the result backend says of a task: `status`, `result`, `traceback`, ….

        A task that it does not know is PENDING.

        Raises:
            ResultBackendError: there is none, or it does not answer in time.
        """
        if not self.has_results:
            raise ResultBackendError("the app has no result backend; configure result_backend")
        try:
            async with asyncio.timeout(self._timeout):
                return await self._thread.run(self._meta, task_id)
        except TimeoutError:
            raise ResultBackendError(
                f"the result backend did not answer within {self._timeout:g} s"
            ) from None
        except Exception as error:
            reason = without_secrets(str(error))
            raise ResultBackendError(f"the result backend does not answer: {reason}") from error

    def _meta(self, task_id: str) -> dict[str, Any]:
        meta: dict[str, Any] = self._app.backend.get_task_meta(task_id, cache=False)
        return meta
