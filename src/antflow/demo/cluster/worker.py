"""Run as a program: a Celery worker that ends with the demo that started it.

Standard input is a pipe from the demo. When it closes, the demo is gone, however it ended: then
the last worker to notice removes the demo's folder, and none stays.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import threading
import time
from functools import partial
from typing import Any, Final

from antflow.demo.cluster.application import FOLDER_VARIABLE

REMOVE_FOR: Final = 5.0
"""Seconds that a worker tries to remove the folder while others still write into it."""


def main(arguments: list[str]) -> None:
    """`celery worker` with these arguments, for as long as the demo lives."""
    from celery.signals import worker_process_init

    from antflow.demo.cluster.tasks import app

    worker_process_init.connect(partial(die_with, os.getpid()), weak=False)
    threading.Thread(target=follow_demo, name="antflow-lifeline", daemon=True).start()
    app.worker_main(["worker", *arguments])


def follow_demo() -> None:
    """Wait until the demo is gone, then end this worker and its pool."""
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    folder = os.environ[FOLDER_VARIABLE]
    end = time.monotonic() + REMOVE_FOR
    while os.path.isdir(folder) and time.monotonic() < end:
        shutil.rmtree(folder, ignore_errors=True)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def die_with(worker: int, **_signal: Any) -> None:
    """In a process of the pool: end when the worker is gone; it could not tell otherwise.

    Args:
        worker: pid of the worker's main process, which started this one.
    """
    if sys.platform == "linux":
        from billiard.util import set_pdeathsig

        set_pdeathsig(signal.SIGKILL)
    if os.getppid() != worker:  # it went before it could be followed
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1:])
