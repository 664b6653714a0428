"""`ClusterDemo`: a folder, three workers and a stream of tasks, which end together."""

from __future__ import annotations

import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Final

from celery import Celery

from antflow.demo.cluster.application import make_app
from antflow.demo.cluster.crew import Crew
from antflow.demo.cluster.stream import Stream
from antflow.demo.run import demo_files

RATE: Final = 4.0
"""Files a second, where nothing else is asked for."""

STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class ClusterDemo:
    """A whole cluster on this machine, for as long as the `with` block runs.

    Args:
        rate: files a second.
        limit: library files to go through, round and round; None: all.

    Attributes:
        folder: broker, results and logs; removed at the end.
        app: the Celery app, to watch the cluster with.
        crew: the workers.
        files: what is sent, the broken ones among them.
        stream: what sends tasks.
    """

    def __init__(self, rate: float = RATE, limit: int | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="antflow-demo-cluster-"))
        try:
            self.app: Celery = make_app(self.folder)
            self.crew = Crew(self.folder)
            self.files = demo_files(self.folder / "broken", limit)
            self.stream = Stream(self.app, self.files, rate)
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def __enter__(self) -> ClusterDemo:
        try:
            self.crew.start()
            self.stream.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End workers and stream, and remove the folder; a second Ctrl-C does not disturb it."""
        with undisturbed():
            self.stream.stop()
            self.crew.stop()
            self.app.close()
            shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore SIGINT and SIGTERM within; outside of the main thread: no effect."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with _handled(signal.SIG_IGN):
        yield


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """SIGTERM, like SIGINT, raises KeyboardInterrupt within, whoever else handles it meanwhile.

    A server that handles the signals itself and raises them again when it is done would end the
    process otherwise.
    """
    with _handled(_interrupt), suppress(KeyboardInterrupt):
        yield


@contextmanager
def _handled(handler: signal.Handlers | Callable[[int, FrameType | None], None]) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def ended_after(seconds: float | None) -> Iterator[None]:
    """As if Ctrl-C was pressed after so many seconds; None: never."""
    if seconds is None:
        yield
        return
    timer = threading.Timer(seconds, signal.raise_signal, (signal.SIGINT,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
