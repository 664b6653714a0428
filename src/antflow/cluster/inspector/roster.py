"""`Roster`: which workers are there, and what each of them said last."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from antflow.cluster.inspector.heartbeats import Heartbeat, heartbeat_of
from antflow.cluster.inspector.outcome import is_error
from antflow.cluster.inspector.run import Run

SURVEY_EVERY: Final = 10.0
"""Seconds between two questions to everybody, which find new workers."""


class Roster:
    """What is known of the workers, by their answers and by events.

    Attributes:
        known: names of the workers known to be there.
        is_fed: whether somebody follows the events and tells of workers.
        workers: the newest raw answers by worker and method, with `timestamp`.
        heartbeats: the newest, by worker.
    """

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.is_fed = False
        self.workers: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        self.heartbeats: dict[str, Heartbeat] = {}
        self._surveyed = float("-inf")
        self._has_surveyed = False

    @property
    def knows_all(self) -> bool:
        """Whether a worker that is not in `known` can be said not to be there."""
        return self.is_fed and self._has_surveyed and bool(self.known)

    @property
    def can_name_all(self) -> bool:
        """Whether those that are known stand for everybody."""
        return bool(self.known) and (self.is_fed or not self.is_survey_due)

    @property
    def is_survey_due(self) -> bool:
        """Whether it is time to ask everybody again."""
        return time.monotonic() - self._surveyed >= SURVEY_EVERY

    def survey_begins(self) -> None:
        """Everybody is asked now."""
        self._surveyed = time.monotonic()

    def learn(self, names: Iterable[str]) -> None:
        """Take workers as known, because they were seen in events."""
        self.is_fed = True
        self.known.update(names)

    def forget(self, names: Iterable[str]) -> None:
        """Take workers as gone; a survey may find them again."""
        self.known.difference_update(names)

    def hear(self, event: Mapping[str, Any]) -> None:
        """Take what a raw worker event tells: load, software, that it went offline."""
        name = event.get("hostname")
        if not isinstance(name, str):
            return
        if event.get("type") == "worker-offline":
            self.forget([name])
            return
        heartbeat = heartbeat_of(event)
        # The heartbeat that is sent on demand has no load.
        if heartbeat is not None and (heartbeat.load is not None or name not in self.heartbeats):
            self.heartbeats[name] = heartbeat

    def keep(self, worker: str, method: str, answer: Any) -> None:
        """Keep one answer."""
        said = self.workers[worker]
        said[method] = _ids(answer) if method == "revoked" else answer
        said["timestamp"] = time.time()

    def conclude(self, run: Run, methods: Iterable[str]) -> None:
        """Learn from a run that ended; answers to these methods are kept."""
        self.known |= run.answered
        self.known -= run.silent
        if run.destination is None and run.error is None:
            self._has_surveyed = True
            self.known -= run.covers - run.answered
        for method in methods:
            # A thread that was given up may still add to them.
            for worker, answer in list(run.replies.get(method, {}).items()):
                if not is_error(answer):
                    self.keep(worker, method, answer)


def _ids(answer: Any) -> set[str]:
    if not isinstance(answer, list | tuple | set):
        return set()
    return {each for each in answer if isinstance(each, str)}
