"""The two servers under measurement, driven over Flower's own routes."""

from __future__ import annotations

import http.client
import json
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from benchmarks.cluster.processes import Process, free_port, until
from benchmarks.comparison import environment

FLOWER = ("flower", "2.2.0")


@dataclass
class Server:
    """One of them, running.

    Attributes:
        name: for the table.
        process: it.
        port: where it listens.
    """

    name: str
    process: Process
    port: int
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body, over one connection that is kept, or anew where it was closed."""
        if self._connection is not None:
            try:
                return self._ask(self._connection, path)
            except (OSError, http.client.HTTPException):
                self._connection.close()
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        return self._ask(self._connection, path)

    def _ask(self, connection: http.client.HTTPConnection, path: str) -> tuple[int, bytes]:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def json(self, path: str) -> Any:
        """The body of a 200; None for any other status."""
        status, body = self.get(path)
        return json.loads(body) if status == 200 else None

    def seconds(self, path: str) -> float:
        """How long an answer takes."""
        began = time.perf_counter()
        status, _ = self.get(path)
        if status != 200:
            raise RuntimeError(f"{self.name} answers {path} with {status}")
        return time.perf_counter() - began

    def answers(self) -> bool:
        """Whether it is up."""
        try:
            return self.get("/healthcheck")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def state_of(self, task_id: str) -> str | None:
        """State of a task; None while it is not known."""
        task = self.json(f"/api/task/info/{quote(task_id)}")
        return None if task is None else task["state"]

    def follows(self) -> bool:
        """Whether it has seen a worker of the flood."""
        return bool(self.json("/api/workers?status=1"))

    def restart(self) -> None:
        """Start it again after it was killed, and wait until it answers."""
        self.process.start()
        self._connection = None
        until(self.answers)

    def stop(self) -> None:
        """End it."""
        if self._connection is not None:
            self._connection.close()
        self.process.stop()


def antflow(broker: str, backend: str, max_tasks: int = 100_000) -> Server:
    """Our server, with its history in a folder of its own."""
    port = free_port()
    folder = tempfile.mkdtemp(prefix="bench-history-")
    command = [
        *(sys.executable, "-m", "antflow", "web", "--broker", broker),
        *("--result-backend", backend, "--port", str(port), "--max-tasks", str(max_tasks)),
        *("--db", f"sqlite:///{Path(folder, 'history.db')}"),
    ]
    return _started(Server("antflow", Process(command), port))


def flower(broker: str, backend: str, max_tasks: int = 100_000) -> Server:
    """Flower, in an environment of its own."""
    port = free_port()
    python = environment(*FLOWER, "celery[redis]")
    command = [
        *(str(python), "-m", "celery", "--broker", broker, "--result-backend", backend),
        *("flower", "--address=127.0.0.1", f"--port={port}", f"--max_tasks={max_tasks}"),
    ]
    process = Process(command, FLOWER_UNAUTHENTICATED_API="true", PYTHONPATH="")
    return _started(Server("Flower 2.2", process, port))


def _started(server: Server) -> Server:
    try:
        until(server.answers)
    except TimeoutError:
        print(server.process.log.read_text()[-3000:], file=sys.stderr)
        server.stop()
        raise
    return server
