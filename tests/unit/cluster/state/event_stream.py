"""Events as workers send them, for the tests of the state."""

from __future__ import annotations

from typing import Any

START = 1_767_225_600.0


class Worker:
    """A worker that says what a test wants it to say; its logical clock goes on by itself."""

    def __init__(self, hostname: str = "celery@one", pid: int = 10, ahead: float = 0.0) -> None:
        self.hostname, self.pid, self.ahead, self.clock = hostname, pid, ahead, 0

    def says(self, kind: str, at: float, **fields: Any) -> dict[str, Any]:
        """An event, `at` seconds after the start, by our clock."""
        self.clock += 1
        own = {"hostname": self.hostname, "pid": self.pid, "clock": self.clock}
        return {"type": kind, "timestamp": START + at + self.ahead, **own, **fields}

    def received(self, uuid: str, at: float, **fields: Any) -> dict[str, Any]:
        what = {"name": "job", "args": "()", "kwargs": "{}", "root_id": uuid, "retries": 0}
        return self.says("task-received", at, uuid=uuid, **{**what, **fields})

    def started(self, uuid: str, at: float) -> dict[str, Any]:
        return self.says("task-started", at, uuid=uuid)

    def succeeded(self, uuid: str, at: float, runtime: float = 0.5) -> dict[str, Any]:
        return self.says("task-succeeded", at, uuid=uuid, result="'ok'", runtime=runtime)

    def failed(self, uuid: str, at: float, exception: str = "ValueError('x')") -> dict[str, Any]:
        return self.says("task-failed", at, uuid=uuid, exception=exception, traceback="Trace")

    def beats(self, at: float, processed: int = 0, kind: str = "heartbeat") -> dict[str, Any]:
        return self.says(f"worker-{kind}", at, freq=2.0, active=0, processed=processed)

    def whole(
        self, uuid: str, at: float, runtime: float = 0.5, **what: Any
    ) -> list[dict[str, Any]]:
        """Received, started, succeeded."""
        return [
            self.received(uuid, at, **what),
            self.started(uuid, at + 0.1),
            self.succeeded(uuid, at + 0.1 + runtime, runtime),
        ]
