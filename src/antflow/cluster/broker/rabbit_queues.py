"""Depths of queues on RabbitMQ: from its management API, or by declaring passively."""

from __future__ import annotations

import base64
import urllib.request
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import msgspec

from antflow.cluster.broker.depth import Depth, declared

COLUMNS: Final = "name,messages_ready,messages_unacknowledged,consumers,message_stats"


class _Rate(msgspec.Struct, frozen=True):
    rate: float | None = None


class _Stats(msgspec.Struct, frozen=True):
    publish_details: _Rate = _Rate()
    deliver_get_details: _Rate = _Rate()


class _Queue(msgspec.Struct, frozen=True):
    name: str
    messages_ready: int | None = None
    messages_unacknowledged: int | None = None
    consumers: int | None = None
    message_stats: _Stats = _Stats()


def read_amqp(connection: Any, names: Sequence[str]) -> dict[str, Depth]:
    """Ready messages and consumers, by passive declaration; AMQP tells no more."""
    return {
        name: Depth(ready=answer.message_count, consumers=answer.consumer_count)
        for name, answer in declared(connection, names).items()
    }


class Management:
    """RabbitMQ's management API.

    Args:
        url: such as `http://user:password@host:15672/api/`.
        vhost: the virtual host.
        timeout: seconds.
    """

    def __init__(self, url: str, vhost: str, timeout: float) -> None:
        parts = urlsplit(url)
        path = parts.path.rstrip("/") or "/api"
        host = parts.netloc.rpartition("@")[2]
        query = f"disable_stats=false&columns={COLUMNS}"
        place = f"{path}/queues/{quote(vhost, safe='')}"
        self.address = urlunsplit((parts.scheme, host, place, query, ""))
        self.timeout = timeout
        login = f"{unquote(parts.username or 'guest')}:{unquote(parts.password or 'guest')}"
        self._login = base64.b64encode(login.encode()).decode()

    def read(self, names: Sequence[str]) -> dict[str, Depth]:
        """Everything about queues.

        Raises:
            OSError: it cannot be reached, or refuses.
            msgspec.MsgspecError: it answers something else.
        """
        request = urllib.request.Request(
            self.address, headers={"Authorization": f"Basic {self._login}"}
        )
        with urllib.request.urlopen(request, timeout=self.timeout) as answer:
            rows = msgspec.json.decode(answer.read(), type=list[_Queue])
        wanted = set(names)
        return {row.name: _depth(row) for row in rows if row.name in wanted}


def _depth(row: _Queue) -> Depth:
    return Depth(
        ready=row.messages_ready,
        unacked=row.messages_unacknowledged,
        consumers=row.consumers,
        rate_in=row.message_stats.publish_details.rate,
        rate_out=row.message_stats.deliver_get_details.rate,
    )
