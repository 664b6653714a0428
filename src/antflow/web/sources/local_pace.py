"""How long items take in the stages, learned from one snapshot to the next."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable

from antflow.flow import StageFlow
from antflow.source import Latency
from antflow.types import DashboardSnapshot

KEPT = 1_000
_HOUR = 3_600.0
_EVERY = 1.0  # seconds between two sortings

Sample = tuple[float, int, float]
"""Seconds, of how many items this is the mean, and when."""


class Durations:
    """The newest 1,000 durations of the last hour, and their quantiles."""

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque(maxlen=KEPT)
        self._known = Latency()
        self._sorted_at = float("-inf")

    def add(self, at: float, seconds: float, items: int = 1) -> None:
        """`items` took so long, each or on average."""
        self._samples.append((seconds, items, at))

    def quantiles(self, now: float) -> Latency:
        """As of now; reckoned at most once a second."""
        if 0 <= now - self._sorted_at < _EVERY:
            return self._known
        self._sorted_at = now
        while self._samples and self._samples[0][2] < now - _HOUR:
            self._samples.popleft()
        self._known = _quantiles(self._samples)
        return self._known


def _quantiles(samples: Iterable[Sample]) -> Latency:
    ranked = sorted(samples)
    total = sum(sample[1] for sample in ranked)
    if not total:
        return Latency()
    found: list[float] = []
    passed, wanted = 0, (0.5 * total, 0.95 * total, 0.99 * total, math.inf)
    for seconds, items, _ in ranked:
        passed += items
        while passed >= wanted[len(found)]:
            found.append(seconds)
    return Latency(*found)


class Pace:
    """Durations by stage.

    A task longer than the time between two snapshots is measured one by one. Of shorter ones,
    the mean of what a worker ended between the two counts as many times as it ended items. Time
    in the queue follows from its length and from how fast items leave it.
    """

    def __init__(self) -> None:
        self._running: dict[str, Durations] = {}
        self._waiting: dict[str, Durations] = {}
        self._before: dict[str, tuple[int, float]] = {}

    def observe(self, snapshot: DashboardSnapshot, stages: Iterable[StageFlow]) -> None:
        """Learn from a snapshot and its report; costs O(stages + workers)."""
        at = snapshot.timestamp
        for name, metrics in snapshot.worker_metrics.items():
            ended = metrics.items_processed + metrics.items_failed
            spent = metrics.total_processing_time
            before, self._before[name] = self._before.get(name), (ended, spent)
            if before is not None and ended > before[0]:
                items = ended - before[0]
                self._of(self._running, metrics.stage).add(at, (spent - before[1]) / items, items)
        for stage in stages:
            if stage.rate_out > 0:
                self._of(self._waiting, stage.name).add(at, stage.queued / stage.rate_out)

    @staticmethod
    def _of(known: dict[str, Durations], stage: str) -> Durations:
        if stage not in known:
            known[stage] = Durations()
        return known[stage]

    def running(self, stage: str, now: float) -> Latency:
        """How long its tasks run."""
        return self._of(self._running, stage).quantiles(now)

    def waiting(self, stage: str, now: float) -> Latency:
        """How long items wait before it."""
        return self._of(self._waiting, stage).quantiles(now)
