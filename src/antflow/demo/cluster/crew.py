"""The demo's worker processes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from antflow.demo.cluster.application import FACTS, FILES, FOLDER_VARIABLE, SURVEYS

END_WITHIN: Final = 3.0
"""Seconds that the workers have to finish what they do."""


@dataclass(frozen=True)
class Post:
    """A worker to start.

    Attributes:
        name: before the `@`.
        queues: what it consumes.
        processes: of its pool.
        arguments: more of the command line.
    """

    name: str
    queues: tuple[str, ...]
    processes: int
    arguments: tuple[str, ...] = ()


POSTS: Final = (
    Post("north", (FILES, FACTS), 2),
    Post("south", (FILES, FACTS), 2, ("--autoscale=3,1",)),
    Post("slow", (SURVEYS,), 1),
)


@dataclass
class Crew:
    """Real `celery worker` processes over a folder.

    Attributes:
        folder: the broker's.
        posts: the workers.
        processes: those that were started, by name.
    """

    folder: Path
    posts: tuple[Post, ...] = POSTS
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self) -> None:
        """Start all; returns before they are ready."""
        for post in self.posts:
            self.processes[post.name] = self._start(post)

    def alive(self) -> list[str]:
        """Names of those that run."""
        return [name for name, process in self.processes.items() if process.poll() is None]

    def stop(self, within: float = END_WITHIN) -> None:
        """End all: a warm shutdown first, SIGKILL to what is left after `within` seconds."""
        for process in self.processes.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        end = time.monotonic() + within
        for process in self.processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, end - time.monotonic()))
        for process in self.processes.values():
            # also where the worker is gone: a killed one may have left its pool
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if process.stdin is not None:
                process.stdin.close()

    def log(self, name: str) -> Path:
        """Where a worker's output goes."""
        return self.folder / f"{name}.log"

    def _start(self, post: Post) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "antflow.demo.cluster.worker"]
        command += [f"--hostname={post.name}@%h", "--pool=prefork", "--loglevel=WARNING"]
        command += [f"--concurrency={post.processes}", f"--queues={','.join(post.queues)}"]
        command += ["--events", "--without-gossip", "--without-mingle", *post.arguments]
        # what is set for other apps would be used in place of the demo's own
        foreign = ("CELERY_", "BROKER_URL", "RESULT_BACKEND")
        env = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        temporary = self.folder / "tmp"  # a killed worker leaves its own there
        temporary.mkdir(exist_ok=True)
        env |= {FOLDER_VARIABLE: str(self.folder), "TMPDIR": str(temporary), "C_FORCE_ROOT": "1"}
        with self.log(post.name).open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=env,
                start_new_session=True,
            )
