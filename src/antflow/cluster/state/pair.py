"""`Pair`: one task type on one worker, in figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from antflow.cluster.state.durations import BOUNDS, Histogram
from antflow.cluster.state.type_meter import TypeMeter

EVENTS: Final = (
    "task-received",
    "task-started",
    "task-succeeded",
    "task-failed",
    "task-retried",
    "task-revoked",
    "task-rejected",
    "task-sent",
)
RECEIPTS, STARTS, SUCCESSES, FAILURES, RETRIES, REVOCATIONS, REJECTIONS, SENDINGS = range(8)
"""Where each of `EVENTS` stands among a pair's counts."""


class Pair:
    """One task type on one worker.

    Attributes:
        host: the worker.
        name: the task type, as its tasks have it.
        meter: of the task type.
        counts: events, doubles included, in the order of `EVENTS`.
        runtimes: how long its tasks ran; None before the first.
        prefetch_time: seconds that the newest task started had waited on the worker.
        bounds: of the histogram's buckets, in seconds.
        prefetched: tasks received here and not started, without those that wait for their time.
    """

    __slots__ = (
        "bounds",
        "counts",
        "host",
        "meter",
        "name",
        "prefetch_time",
        "prefetched",
        "runtimes",
    )

    def __init__(
        self, host: str, name: str | None, meter: TypeMeter, bounds: Sequence[float] = BOUNDS
    ) -> None:
        self.bounds = bounds
        self.host = host
        self.name = name
        self.meter = meter
        self.counts = [0] * len(EVENTS)
        self.runtimes: Histogram | None = None
        self.prefetch_time = 0.0
        self.prefetched = 0

    def histogram(self) -> Histogram:
        """How long its tasks ran; begun where there is none yet."""
        if self.runtimes is None:
            self.runtimes = Histogram(self.bounds)
        return self.runtimes
