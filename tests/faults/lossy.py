"""Stands between workers' events and those who listen: loses, doubles, delays, and adds rubbish."""

from __future__ import annotations

import base64
import heapq
import itertools
import json
import random
import threading
import time
from collections.abc import Sequence
from typing import Any

import redis
from publishing import Publisher

LOST = 0.1
DOUBLED = 0.1
LATE = 1.0  # seconds at most
UNHEARD = 5  # tasks of which nothing that a worker says comes through
SPOILT_EVERY = 20  # events


class Lossy:
    """Passes events on from one exchange to another of the same Redis.

    Args:
        url: of the broker.
        source: exchange that workers publish to.
        target: exchange that gets what is left.
        spoilt: bodies and content types thrown in now and then.

    Attributes:
        unheard: ids of the tasks of which no worker's event was passed on.
    """

    def __init__(
        self, url: str, source: str, target: str, spoilt: Sequence[tuple[bytes, str]]
    ) -> None:
        self.unheard: set[str] = set()
        self._chance = random.Random(7)
        self._spoilt = itertools.cycle(spoilt)
        self._publisher = Publisher(url, target)
        self._client = redis.Redis.from_url(url)
        self._subscription = self._client.pubsub(ignore_subscribe_messages=True)
        self._subscription.psubscribe(f"/{url.rsplit('/', 1)[1]}.{source}/*")
        self._waiting: list[tuple[float, int, dict[str, Any]]] = []
        self._numbers = itertools.count()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lossy", daemon=True)

    def __enter__(self) -> Lossy:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stop.set()
        self._thread.join(10)
        self._subscription.close()
        self._client.close()

    def _run(self) -> None:
        with self._publisher:
            while not self._stop.is_set():
                if told := self._subscription.get_message(timeout=0.02):
                    self._take(json.loads(base64.b64decode(json.loads(told["data"])["body"])))
                self._pass_on()

    def _take(self, body: Any) -> None:
        for event in body if isinstance(body, list) else [body]:
            uuid = event.get("uuid")
            plain = event["type"] == "task-received" and event["name"] == "tests.add"
            if plain and len(self.unheard) < UNHEARD:
                self.unheard.add(uuid)
            if uuid in self.unheard and event["type"] != "task-sent":
                continue
            if self._chance.random() < LOST:
                continue
            for _ in range(2 if self._chance.random() < DOUBLED else 1):
                due = time.monotonic() + self._chance.uniform(0.0, LATE)
                heapq.heappush(self._waiting, (due, next(self._numbers), event))

    def _pass_on(self) -> None:
        while self._waiting and self._waiting[0][0] <= time.monotonic():
            _due, number, event = heapq.heappop(self._waiting)
            self._publisher.events([event], 1)
            if number % SPOILT_EVERY == 0:
                self._publisher.raw(*next(self._spoilt))
