"""Depths of queues on Redis: one list a queue and priority, and a hash of what is unacked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from antflow.cluster.broker.depth import Depth

UNACKED_AT_MOST: Final = 2_000
"""Unacknowledged messages that are read to tell their queues; of more nobody knows the queue."""


class _Properties(msgspec.Struct, frozen=True):
    delivery_tag: str | None = None


class _Message(msgspec.Struct, frozen=True):
    headers: dict[str, Any] = {}
    properties: _Properties = _Properties()


_message = msgspec.json.Decoder(_Message)
_unacked = msgspec.json.Decoder(tuple[Any, str | None, str | None])


def read_redis(connection: Any, names: Sequence[str]) -> dict[str, Depth]:
    """Depths over all priorities; the broker does not know who consumes."""
    channel = connection.default_channel
    prefix = getattr(channel, "global_keyprefix", "") or ""
    keys = [[channel._q_for_pri(name, step) for step in channel.priority_steps] for name in names]
    unacked = _unacked_by_queue(channel, prefix)
    with channel.client.pipeline(transaction=False) as pipe:
        for steps in keys:
            for key in steps:
                pipe.llen(key)
                # kombu adds its prefix to the commands it uses itself; this is none of them
                pipe.lindex(f"{prefix}{key}", -1)
        answers = iter(pipe.execute(raise_on_error=False))
    depths = {}
    for name, steps in zip(names, keys, strict=True):
        rows = [(next(answers), next(answers)) for _key in steps]
        depths[name] = _depth(rows, None if unacked is None else unacked[name])
    return depths


def _depth(rows: list[tuple[Any, Any]], unacked: int | None) -> Depth:
    # a key of another type answers with an error
    lengths = [length if isinstance(length, int) else 0 for length, _head in rows]
    heads = (_identity(head) for _length, head in rows if isinstance(head, bytes | str))
    return Depth(ready=sum(lengths), unacked=unacked, head=next(heads, None))


def _identity(message: bytes | str) -> str | None:
    try:
        read = _message.decode(message)
    except msgspec.MsgspecError:
        return None
    task = read.headers.get("id")
    return task if isinstance(task, str) else read.properties.delivery_tag


def _unacked_by_queue(channel: Any, prefix: str) -> Counter[str] | None:
    counts: Counter[str] = Counter()
    client = channel.client
    if client.hlen(channel.unacked_key) > UNACKED_AT_MOST:
        return None
    queues: dict[tuple[str | None, str | None], list[str]] = {}
    for _tag, content in client.hscan_iter(f"{prefix}{channel.unacked_key}", count=200):
        try:
            _body, exchange, routing_key = _unacked.decode(content)
        except msgspec.MsgspecError:
            continue
        place = (exchange, routing_key)
        if place not in queues:
            queues[place] = _queues_of(channel, exchange, routing_key)
        counts.update(queues[place])
    return counts


def _queues_of(channel: Any, exchange: str | None, routing_key: str | None) -> list[str]:
    """Queues that a message went to; kombu keeps where it was sent, not where it came from."""
    if not exchange:
        return [routing_key or ""]
    rows = channel.client.smembers(channel.keyprefix_queue % exchange)
    texts = (row.decode() if isinstance(row, bytes) else row for row in rows)
    parts = (text.split(channel.sep) for text in texts)
    return [part[2] for part in parts if len(part) == 3 and part[0] == (routing_key or "")]
