"""Task events as Celery's workers send them, made beforehand and published as fast as they go."""

from __future__ import annotations

import base64
import itertools
import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import redis

CHANNEL = "/0.celeryev/"
HOSTS = 20
NAMES = [f"shop.orders.step_{number}" for number in range(12)]
FINGERPRINT = {"utcoffset": 0, "pid": 4242}


def heartbeat(host: int, clock: int) -> dict[str, Any]:
    """A worker's sign of life."""
    return {
        "type": "worker-heartbeat",
        "hostname": f"flood@{host}",
        "freq": 2.0,
        "sw_ident": "py-celery",
        "sw_ver": "5.7.0",
        "sw_sys": "Linux",
        "active": 1,
        "processed": 0,
        "loadavg": [0.1, 0.2, 0.3],
        "timestamp": time.time(),
        "clock": clock,
        **FINGERPRINT,
    }


def tasks(count: int, failures: int = 50) -> Iterator[dict[str, Any]]:
    """The three events of each of `count` tasks; one in `failures` fails."""
    clock = itertools.count(1)
    now = time.time()
    for number in range(count):
        task_id = str(uuid.uuid4())
        common = {"uuid": task_id, "hostname": f"flood@{number % HOSTS}", **FINGERPRINT}
        at = now + number / 10_000
        yield {
            "type": "task-received",
            "name": NAMES[number % len(NAMES)],
            "args": f"({number}, 'customer-{number % 977}')",
            "kwargs": f"{{'batch': {number // 100}, 'dry_run': False}}",
            "root_id": task_id,
            "parent_id": None,
            "retries": 0,
            "eta": None,
            "expires": None,
            "clock": next(clock),
            "timestamp": at,
            **common,
        }
        yield {"type": "task-started", "clock": next(clock), "timestamp": at + 0.01, **common}
        if number % failures:
            end = {"type": "task-succeeded", "result": f"'stored {number}'", "runtime": 0.05}
        else:
            end = {
                "type": "task-failed",
                "exception": f"ValueError('no such customer: {number % 977}')",
                "traceback": "Traceback (most recent call last):\n  File ...\nValueError\n",
            }
        yield {**end, "clock": next(clock), "timestamp": at + 0.06, **common}


Message = tuple[str, bytes]
"""A channel, and what is published there."""


def messages(events: Iterator[dict[str, Any]], together: int) -> Iterator[Message]:
    """Redis messages as kombu writes them; `together` events in each, 1: as single events."""
    if together == 1:
        for event in events:
            yield _message(event, event["type"].replace("-", "."))
        return
    while batch := list(itertools.islice(events, together)):
        yield _message(batch, "task.multi")


def _message(body: Any, routing_key: str) -> Message:
    text = json.dumps(body).encode()
    envelope = json.dumps(
        {
            "body": base64.b64encode(text).decode(),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": {"hostname": "flood@0"},
            "properties": {
                "delivery_mode": 1,
                "delivery_info": {"exchange": "celeryev", "routing_key": routing_key},
                "priority": 0,
                "body_encoding": "base64",
                "delivery_tag": str(uuid.uuid4()),
            },
        }
    )
    return CHANNEL + routing_key, envelope.encode()


class Flood:
    """A publisher on the benchmark's Redis."""

    def __init__(self, port: int) -> None:
        self._redis = redis.Redis(port=port)

    def heartbeats(self) -> None:
        """One of each worker, so that they are known and online."""
        for host in range(HOSTS):
            self._redis.publish(*_message(heartbeat(host, 1), "worker.heartbeat"))

    def pour(self, prepared: list[Message], at_once: int = 200) -> float:
        """Publish everything; returns the seconds that took."""
        began = time.perf_counter()
        for start in range(0, len(prepared), at_once):
            pipeline = self._redis.pipeline(transaction=False)
            for channel, message in prepared[start : start + at_once]:
                pipeline.publish(channel, message)
            pipeline.execute()
        return time.perf_counter() - began
