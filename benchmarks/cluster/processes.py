"""The processes of a measurement: Redis, workers and the two servers, each ended by its pid."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Process:
    """A child process whose output goes to a file.

    Attributes:
        log: that file.
    """

    def __init__(self, command: list[str], **environment: str) -> None:
        self.command = command
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
        handle, name = tempfile.mkstemp(prefix="bench-", suffix=".log")
        os.close(handle)
        self.log = Path(name)
        self.start()

    def start(self) -> None:
        """Start it, again after `kill`."""
        with self.log.open("ab") as output:
            self._child = subprocess.Popen(
                self.command, stdout=output, stderr=output, env=self._environment, cwd=ROOT
            )

    @property
    def pid(self) -> int:
        """Of the newest start."""
        return self._child.pid

    @property
    def memory(self) -> int:
        """Resident bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) * 1024

    def kill(self) -> None:
        """End it at once."""
        if self._child.poll() is None:
            self._child.kill()
            self._child.wait()

    def stop(self) -> None:
        """End it, at once where it does not end by itself in 10 seconds."""
        if self._child.poll() is None:
            self._child.terminate()
            try:
                self._child.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        self.log.unlink(missing_ok=True)


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(ready: Callable[[], Any], seconds: float = 60.0, pause: float = 0.05) -> float:
    """Poll until it is true; return the seconds that took, or raise TimeoutError."""
    began = time.perf_counter()
    while not ready():
        if time.perf_counter() - began > seconds:
            raise TimeoutError(f"not ready after {seconds} seconds")
        time.sleep(pause)
    return time.perf_counter() - began


def redis(port: int) -> Process:
    """A redis-server without files; a subscriber may be as far behind as it likes."""
    return Process(
        [
            *("redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""),
            *("--appendonly", "no", "--client-output-buffer-limit", "pubsub 0 0 0"),
        ]
    )


def worker(broker: str, backend: str, name: str) -> Process:
    """A prefork worker of two processes that sends events."""
    return Process(
        [
            *(sys.executable, "-m", "celery", "-A", "benchmarks.cluster.tasks", "worker"),
            *("-n", f"{name}@bench", "-c", "2", "-E", "-l", "warning"),
        ],
        BENCH_BROKER=broker,
        BENCH_BACKEND=backend,
    )
