"""Child processes that end with their test, whatever happens to it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

LAUNCH = Path(__file__).with_name("launch.py")


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Whether somebody takes connections on that port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Child:
    """A process in a group of its own; its output goes to a file.

    On Linux it is killed when the thread that made it ends: make it in a thread that lives as
    long as the test, which the main thread does.

    Args:
        command: the program and its arguments.
        log: where output and errors are appended.
        env: added to the environment; None as a value removes a name.
        cwd: where it runs.
        user: name of another user to run as (root only).
        guard: it starts processes that would outlive it: `pid` is then a guard's before it.
    """

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        env: Mapping[str, str | None] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
        guard: bool = False,
    ) -> None:
        merged = {**os.environ, **(env or {})}
        launcher = [sys.executable, "-S", "-E", str(LAUNCH), user or "", str(os.getpid())]
        launcher.append("1" if guard else "")
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [*launcher, *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={name: value for name, value in merged.items() if value is not None},
                cwd=cwd,
                start_new_session=True,
            )
        self.log = log

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def end(self, signum: int = signal.SIGTERM, timeout: float = 20.0) -> int:
        """Send a signal and wait; SIGKILL to its whole group at the end in any case."""
        if self.alive:
            self.process.send_signal(signum)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout)
        return self.kill()

    def kill(self) -> int:
        """SIGKILL to it and to what it started; returns the exit code."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        return self.process.wait(20)

    def tail(self, lines: int = 60) -> str:
        """The end of its output."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])
