"""`QueueWatch`: samples queues of a broker, and remembers what the samples alone do not tell."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Final

from antflow.cluster.broker.addresses import read_address
from antflow.cluster.broker.depth import Depth
from antflow.cluster.broker.reading import DepthReader
from antflow.exceptions import BrokerConnectionError
from antflow.source import QueueView
from antflow.threads import WorkerThread

if TYPE_CHECKING:
    from celery import Celery

TIMEOUT: Final = 1.5
"""Seconds."""


class QueueWatch:
    """Samples queues without holding up the event loop.

    Where the broker tells no time of its messages, it remembers since when the same message has
    been the next one.

    Args:
        app: the Celery application.
        management_url: RabbitMQ's management API, `http://user:password@host:15672/api/`;
            None: queues are asked over AMQP, which tells ready messages and consumers only.
        timeout: seconds that a sample takes at most.
        clock: gives Unix seconds.

    Attributes:
        heads: by queue, what names the message that goes next: its task's id, where it has one.
    """

    def __init__(
        self,
        app: Celery,
        *,
        management_url: str | None = None,
        timeout: float = TIMEOUT,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.timeout = timeout
        self.heads: dict[str, str] = {}
        self._address = read_address(app)
        self._clock = clock
        self._since: dict[str, float] = {}
        self._make_reader = partial(DepthReader, app, management_url, timeout)
        self._reader = self._make_reader()
        self._thread = WorkerThread("antflow-queues")

    async def sample(self, names: Iterable[str]) -> list[QueueView]:
        """Ask the broker about queues.

        Args:
            names: the queues.

        Returns:
            A view of each, in the order of the names; figures that the broker does not tell are
            None, all of them for a transport that tells nothing or a queue that is not there.

        Raises:
            BrokerConnectionError: the broker cannot be reached, or did not answer in time.
        """
        wanted = list(dict.fromkeys(names))
        if not wanted:
            return []
        try:
            async with asyncio.timeout(self.timeout):
                depths = await self._thread.run(self._reader.read, wanted)
        except TimeoutError as error:
            text = f"no connection to {self._address}: no answer within {self.timeout:g} s"
            raise BrokerConnectionError(text) from error
        return [self._view(name, depths.get(name, Depth())) for name in wanted]

    def rest(self) -> None:
        """Let go of the connection; the next sample makes another."""
        reader, self._reader = self._reader, self._make_reader()
        reader.abandon()

    def close(self) -> None:
        """Let go of the connection and the thread, for good; may be called twice."""
        self._thread.close()
        self._reader.abandon()

    def _view(self, name: str, depth: Depth) -> QueueView:
        oldest = depth.sent if depth.sent is not None else self._first_seen(name, depth.head)
        if depth.head is not None:
            self.heads[name] = depth.head
        else:
            self.heads.pop(name, None)
        return QueueView(
            name=name,
            messages=depth.messages,
            ready=depth.ready,
            unacked=depth.unacked,
            consumers=depth.consumers,
            rate_in=depth.rate_in,
            rate_out=depth.rate_out,
            oldest=oldest,
            oldest_at_least=oldest is not None and depth.sent is None,
        )

    def _first_seen(self, name: str, head: str | None) -> float | None:
        if head is None:
            self._since.pop(name, None)
            return None
        if self.heads.get(name) != head:
            self._since[name] = self._clock()
        return self._since[name]


async def queue_views(
    app: Celery, names: Iterable[str], *, timeout: float = TIMEOUT
) -> list[QueueView]:
    """Ask the broker about queues, once; arguments and errors as `QueueWatch.sample` has them."""
    watch = QueueWatch(app, timeout=timeout)
    try:
        return await watch.sample(names)
    finally:
        watch.close()
