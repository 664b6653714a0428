"""Real `celery worker` processes for tests."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import sys
import tempfile
import urllib.parse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from celery import Celery
from celery_apps.configured import make_app
from polling import eventually
from processes import Child

SUPPORT = Path(__file__).parent
_numbers = itertools.count(1)


class WorkerProcess:
    """A `celery worker` of `celery_apps.configured`, or of another module.

    Args:
        broker: its address, as `broker_url` gives it.
        backend: address of the result backend; None: no results.
        name: before the `@`; by default one that no other worker of this run has.
        pool: `prefork`, `threads` or `solo`.
        concurrency: processes or threads.
        queues: what it consumes; None: the default queue.
        args: more command line arguments, such as `("--autoscale=4,1",)`.
        conf: more settings of the app, as `make_app` takes them; plain JSON.
        app: module and name of the app.
        env: added to the environment.
    """

    def __init__(
        self,
        broker: str,
        backend: str | None = None,
        *,
        name: str | None = None,
        pool: str = "prefork",
        concurrency: int = 1,
        queues: Sequence[str] | None = None,
        args: Sequence[str] = (),
        conf: Mapping[str, Any] | None = None,
        app: str = "celery_apps.configured:app",
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.broker = broker
        self.backend = backend
        self.conf = dict(conf or {})
        self.hostname = f"{name or f'w{os.getpid()}x{next(_numbers)}'}@test"
        self._env = dict(env or {})
        self._command = self._make_command(app, pool, concurrency, queues, args)
        handle, log = tempfile.mkstemp(prefix="antflow-worker-", suffix=".log")
        os.close(handle)
        self.log = Path(log)
        self.child: Child | None = None

    def _make_command(
        self,
        app: str,
        pool: str,
        concurrency: int,
        queues: Sequence[str] | None,
        args: Sequence[str],
    ) -> list[str]:
        command = [sys.executable, "-m", "celery", "-A", app, "worker", "-l", "INFO"]
        command += ["-n", self.hostname, "-P", pool, "-c", str(concurrency), "-E"]
        command += ["--without-gossip", "--without-mingle"]
        if queues is not None:
            command += ["-Q", ",".join(queues)]
        return [*command, *args]

    def make_app(self, **conf: Any) -> Celery:
        """The same app, for the test."""
        return make_app(self.broker, self.backend, **{**self.conf, **conf})

    def start(self, timeout: float = 40.0) -> WorkerProcess:
        """Start it and wait until it consumes and obeys commands."""
        env = {
            "PYTHONPATH": os.pathsep.join([str(SUPPORT), os.environ.get("PYTHONPATH", "")]),
            "PYTHONUNBUFFERED": "1",
            "ANTFLOW_TEST_BROKER": self.broker,
            "ANTFLOW_TEST_BACKEND": self.backend or "",
            "ANTFLOW_TEST_CONF": json.dumps(self.conf),
            "BROKER_URL": None,
            "CELERY_BROKER_URL": None,
            "CELERY_RESULT_BACKEND": None,
            "C_FORCE_ROOT": "1",
            **self._env,
        }
        self.log.write_bytes(b"")
        self.child = child = Child(self._command, self.log, env)

        def ready() -> bool:
            assert child.alive, f"the worker ended at its start:\n{child.tail()}"
            return f"{self.hostname} ready." in self.text

        try:
            eventually(ready, timeout, interval=0.05)
        except AssertionError as error:
            self.close()
            raise AssertionError(f"no worker within {timeout} s:\n{child.tail()}") from error
        return self

    @property
    def pid(self) -> int:
        assert self.child is not None, "not started"
        return self.child.pid

    @property
    def alive(self) -> bool:
        return self.child is not None and self.child.alive

    @property
    def text(self) -> str:
        """All that it logged."""
        return self.log.read_text(errors="replace")

    def kill9(self) -> None:
        """SIGKILL to the worker and its pool, as an out-of-memory killer or a power cut would."""
        if self.child is not None:
            self.child.kill()

    def terminate(self, timeout: float = 20.0) -> int:
        """SIGTERM: a warm shutdown; returns the exit code."""
        assert self.child is not None
        return self.child.end(signal.SIGTERM, timeout)

    def freeze(self) -> None:
        """SIGSTOP to the main process: alive, and silent."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT after `freeze`."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGCONT)

    def close(self) -> None:
        """Kill what is left of it; its log is printed, for pytest to show when the test failed."""
        self.kill9()
        if self.log.exists():
            print(f"--- {self.hostname}\n{self.text[-20_000:]}")
            self.log.unlink()

    def __enter__(self) -> WorkerProcess:
        return self if self.alive else self.start()

    def __exit__(self, *_exc: object) -> None:
        self.close()


def filesystem_url(folder: Path) -> str:
    """Address of a broker that is a folder."""
    return f"antflow+filesystem://{urllib.parse.quote(str(folder))}"
