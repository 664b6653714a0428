"""Sends tasks, off the event loop, over a connection that is kept for the next."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import Any

from celery import Celery
from celery.app.task import extract_exec_options
from celery.utils import uuid

from antflow.cluster.inspector.lines import Line, Lines
from antflow.exceptions import BrokerConnectionError, NotFoundError
from antflow.threads import WorkerThread


class Publisher:
    """Sends tasks of one application, one at a time.

    Args:
        app: gives the connection and the routes.
        timeout: seconds that sending one task may take.

    Attributes:
        timeout: the same.
    """

    def __init__(self, app: Celery, *, timeout: float = 5.0) -> None:
        self._app = app
        self.timeout = timeout
        self._thread = WorkerThread("antflow-publisher")
        self._lines = Lines(app, timeout)

    async def send(
        self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], options: dict[str, Any]
    ) -> None:
        """Send a task.

        Args:
            name: its type.
            args: positional arguments.
            kwargs: keyword arguments.
            options: of `send_task`.

        Raises:
            TimeoutError: no answer in time; it may still have been sent.
            BrokerConnectionError: no connection to the broker.
            Exception: whatever else Celery raises, for arguments that cannot be serialised or a
                queue that is gone.
        """
        async with asyncio.timeout(self.timeout):
            await self._thread.run(self._send, name, args, kwargs, options)

    async def call(
        self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], options: dict[str, Any]
    ) -> str:
        """Send a task as its own application would: with the defaults that it gives the task.

        A task that the application does not know is sent by its name alone. Parameters and
        errors: as of `send`.

        Returns:
            The new task's id.
        """
        task = self._app.tasks.get(name)
        defaults = {} if task is None else extract_exec_options(task)
        options = {"task_id": uuid(), **defaults, **options}
        await self.send(name, args, kwargs, options)
        return str(options["task_id"])

    async def stop(self) -> None:
        """Close the connection; does not wait for a broker that does not answer."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await self._thread.run(self._lines.close)

    def _send(
        self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], options: dict[str, Any]
    ) -> None:
        call = partial(self._publish, name, args, kwargs, options)
        try:
            with self._lines.line() as line:
                call(line)
        except BrokerConnectionError:
            # The kept connection may have been a dead one.
            with self._lines.line(fresh=True) as line:
                call(line)

    def _publish(
        self,
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        options: dict[str, Any],
        line: Line,
    ) -> None:
        options = dict(options)
        queue = options.get("queue")
        if queue is not None and queue not in self._app.amqp.queues:
            # Declared with our defaults, it could clash with how it was made.
            _check_there(line, queue)
            if options.get("exchange"):
                del options["queue"]
            options["declare"] = []
        producer = self._app.amqp.Producer(line.channel, auto_declare=False)
        # We try again ourselves, within a time; Celery's own tries would go on after it.
        options["retry"] = False
        self._app.send_task(name, args, kwargs, producer=producer, **options)


def _check_there(line: Line, queue: str) -> None:
    """RabbitMQ throws away what is sent to a queue that is not there."""
    if line.connection.transport.driver_type == "amqp":
        try:
            line.channel.queue_declare(queue, passive=True)
        except line.connection.channel_errors as error:
            raise NotFoundError(f"the broker has no queue {queue!r}") from error
