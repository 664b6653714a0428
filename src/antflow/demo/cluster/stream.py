"""The demo's stream of tasks: every file of the library, round and round, and a survey at times."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from itertools import count, groupby
from typing import Any, Final

from celery import Celery

from antflow.demo.cluster.application import SURVEYS, work
from antflow.demo.source import BROKEN, SourceFile, spread

SURVEY_EVERY: Final = 20
"""Files between two surveys."""

SURVEY_FILES: Final = 40
"""Files of a package that a survey looks at."""


class Stream:
    """Sends files to the workers at a steady rate, in a thread of its own.

    Args:
        app: the demo's app.
        files: what to send; the broken ones among them fail.
        rate: files a second.

    Attributes:
        sent: files sent so far.
        error: what ended the thread before its time, or None.
    """

    def __init__(self, app: Celery, files: Sequence[SourceFile], rate: float) -> None:
        self.sent = 0
        self.error: Exception | None = None
        self._app = app
        self._files = spread(files)
        self._packages = packages(files)
        self._pause = 1 / rate
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="antflow-demo-stream", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self, timeout: float = 2.0) -> None:
        """Send nothing more; may be called twice, and before `start`."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join(timeout)

    def _run(self) -> None:
        try:
            self._send()
        except Exception as error:
            self.error = error

    def _send(self) -> None:
        surveys = self._surveys()
        due = time.monotonic()
        for _round in count():
            for file in self._files:
                if self._stopped.wait(max(0.0, due - time.monotonic())):
                    return
                due = max(due + self._pause, time.monotonic() - 1)
                work(self._app, file.name, str(file.path)).apply_async()
                self.sent += 1
                if self.sent % SURVEY_EVERY == 1:
                    self._app.send_task("library.survey", next(surveys), queue=SURVEYS)

    def _surveys(self) -> Iterator[tuple[Any, ...]]:
        for number in count():
            yield self._packages[number % len(self._packages)]


def packages(files: Sequence[SourceFile]) -> list[tuple[str, list[list[str]]]]:
    """Name and files of each package, as arguments of a survey."""
    by_name = sorted(
        (file for file in files if not file.name.startswith(BROKEN)), key=lambda file: file.name
    )
    found = []
    for name, members in groupby(by_name, key=lambda file: file.name.partition("/")[0]):
        listed = [[file.name, str(file.path)] for file in members]
        found.append((name, listed[:SURVEY_FILES]))
    # single modules are no packages, unless there is nothing else
    return [entry for entry in found if len(entry[1]) > 1] or found
