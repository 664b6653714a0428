"""One Redis and the servers on it, for the measurements."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import redis as client

from benchmarks.cluster.flood import Flood
from benchmarks.cluster.processes import Process, free_port, redis, until
from benchmarks.cluster.servers import Server

Start = Callable[..., Server]


@dataclass
class Bench:
    """A Redis of our own.

    Attributes:
        port: where it listens.
        server: its process.
        flood: what pours events into it.
    """

    port: int
    server: Process
    flood: Flood

    @property
    def broker(self) -> str:
        """Address of the broker."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def backend(self) -> str:
        """Address of the result backend."""
        return f"redis://127.0.0.1:{self.port}/1"

    @contextmanager
    def watched_by(self, start: Start, **options: int) -> Iterator[Server]:
        """A server that follows the workers of the flood."""
        server = start(self.broker, self.backend, **options)
        try:
            until(lambda: self._known(server), pause=0.2)
            yield server
        finally:
            server.stop()

    def _known(self, server: Server) -> bool:
        self.flood.heartbeats()
        return server.follows()


@contextmanager
def bench() -> Iterator[Bench]:
    """A Redis that runs, and is gone afterwards."""
    port = free_port()
    process = redis(port)
    try:
        until(lambda: _pings(port))
        yield Bench(port, process, Flood(port))
    finally:
        process.stop()


def _pings(port: int) -> bool:
    try:
        return bool(client.Redis(port=port).ping())
    except client.ConnectionError:
        return False


class Waits:
    """How long small requests wait while something else goes on; used as a context."""

    def __init__(self, server: Server, path: str = "/api/task/info/nobody") -> None:
        self._server = Server(server.name, server.process, server.port)
        self._path = path
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self.seconds: list[float] = []

    def _ask(self) -> None:
        while not self._over.is_set():
            began = time.perf_counter()
            self._server.get(self._path)
            self.seconds.append(time.perf_counter() - began)
            self._over.wait(0.02)

    def __enter__(self) -> Waits:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def longest(self) -> float:
        """In seconds."""
        return max(self.seconds)


def median_of(count: int, measure: Callable[[], float]) -> list[float]:
    """So many measurements after one that warms up."""
    measure()
    return [measure() for _ in range(count)]


def middle(samples: list[float]) -> float:
    """Their median."""
    return statistics.median(samples)
