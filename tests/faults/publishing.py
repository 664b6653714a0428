"""Events put on a Redis broker as workers do, or as no worker should."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterable, Sequence
from typing import Any

import redis

Event = dict[str, Any]


def message(body: bytes, content_type: str = "application/json") -> bytes:
    """Kombu's envelope on Redis."""
    return json.dumps(
        {
            "body": base64.b64encode(body).decode(),
            "content-encoding": "utf-8",
            "content-type": content_type,
            "headers": {},
            "properties": {"body_encoding": "base64", "delivery_mode": 1, "priority": 0},
        }
    ).encode()


class Publisher:
    """Publishes to the events' exchange of one Redis database.

    Args:
        url: of the broker.
        exchange: the exchange's name.
    """

    def __init__(self, url: str, exchange: str = "celeryev") -> None:
        self._client = redis.Redis.from_url(url)
        self._topic = f"/{url.rsplit('/', 1)[1]}.{exchange}/"

    def __enter__(self) -> Publisher:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._client.close()

    def events(self, events: Sequence[Event], at_once: int = 24) -> None:
        """Well-formed events, so many to a message."""
        for start in range(0, len(events), at_once):
            self.raw(json.dumps(events[start : start + at_once]).encode())

    def raw(self, body: bytes, content_type: str = "application/json") -> None:
        """Any bytes as the body of a message."""
        self._client.publish(f"{self._topic}task.multi", message(body, content_type))

    def bare(self, data: bytes) -> None:
        """Any bytes at all."""
        self._client.publish(f"{self._topic}task.multi", data)


class Voice:
    """What one worker says; its clock may be wrong by `ahead` seconds."""

    def __init__(self, hostname: str, ahead: float = 0.0, pid: int = 10) -> None:
        self.hostname, self.ahead, self.pid, self.clock = hostname, ahead, pid, 0

    def says(self, kind: str, **fields: Any) -> Event:
        self.clock += 1
        own = {"hostname": self.hostname, "pid": self.pid, "clock": self.clock, "utcoffset": 0}
        return {"type": kind, "timestamp": time.time() + self.ahead, **own, **fields}

    def beats(self, processed: int = 0, freq: float = 2.0) -> Event:
        software = {"sw_ident": "py-celery", "sw_ver": "5.5.0", "sw_sys": "Linux"}
        figures = {"active": 0, "processed": processed, "loadavg": [0.1, 0.1, 0.1]}
        return self.says("worker-heartbeat", freq=freq, **figures, **software)

    def takes(self, uuid: str, name: str = "made.up") -> list[Event]:
        told = {"uuid": uuid, "name": name, "args": "()", "kwargs": "{}", "retries": 0}
        return [self.says("task-received", **told), self.says("task-started", uuid=uuid)]

    def succeeds(self, uuid: str, runtime: float = 0.1) -> Event:
        return self.says("task-succeeded", uuid=uuid, result="'ok'", runtime=runtime)

    def whole(self, uuid: str) -> Iterable[Event]:
        yield from self.takes(uuid)
        yield self.succeeds(uuid)
