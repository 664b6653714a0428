"""Durations: quantiles over the last hour, and histograms since the start."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, deque
from collections.abc import Sequence
from functools import partial
from itertools import accumulate
from math import exp
from typing import Final

from antflow.source import Latency

MINUTES: Final = 60
SHORTEST: Final = 1e-3  # seconds; what is shorter counts as this
BUCKETS: Final = 240
GROWTH: Final = 0.08  # a bucket is 8 % wider than the one below: 1 ms to 2.5 days
_bucket = partial(
    bisect_right, [SHORTEST * exp(bucket * GROWTH) for bucket in range(1, BUCKETS + 1)]
)

BOUNDS: Final = (
    *(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75),
    *(1.0, 2.5, 5.0, 7.5, 10.0),
)
"""Upper bounds of a histogram's buckets, in seconds: those that Prometheus clients start with."""


class HourOfDurations:
    """How long something took, over the last hour, in buckets of 8 %.

    Memory is bounded by the buckets and by what comes in a second: `fold` is to be called once
    a second, `turn` once a minute.
    """

    __slots__ = ("_loose", "_minutes", "_now", "_seen", "_total", "put")

    def __init__(self) -> None:
        self._total: Counter[int] = Counter()
        self._now: Counter[int] = Counter()
        self._minutes: deque[Counter[int]] = deque()
        self._seen = 0
        self._loose: list[float] = []
        self.put = self._loose.append
        """Take in one duration, in seconds, from 0.0; sorted into its bucket later."""

    @property
    def count(self) -> int:
        """Durations of the last hour."""
        return self._seen + len(self._loose)

    def fold(self) -> None:
        """Sort what came into buckets; to be called once a second."""
        loose = self._loose
        if loose:
            self._now.update(map(_bucket, loose))
            self._seen += len(loose)
            loose.clear()

    def turn(self, minutes: int = 1) -> None:
        """Let minutes pass; what is older than an hour goes."""
        self.fold()
        for _ in range(min(minutes, MINUTES + 1) if self._seen else 0):
            self._minutes.append(self._now)
            self._total.update(self._now)
            self._now = Counter()
            if len(self._minutes) > MINUTES:
                old = self._minutes.popleft()
                self._total.subtract(old)
                self._total += Counter()  # drops the zeros
                self._seen -= old.total()

    def quantiles(self, shares: Sequence[float]) -> list[float | None]:
        """Durations that the given shares did not exceed; None where there are none."""
        self.fold()
        counts = self._total + self._now
        if not counts:
            return [None for _ in shares]
        buckets = sorted(counts)
        sums = list(accumulate(counts[bucket] for bucket in buckets))
        return [_middle(buckets[bisect_left(sums, share * sums[-1])]) for share in shares]

    def latency(self) -> Latency:
        """p50, p95 and p99, in seconds."""
        return Latency(*self.quantiles((0.5, 0.95, 0.99)))


def _middle(bucket: int) -> float:
    return SHORTEST * exp((bucket + 0.5) * GROWTH) if bucket else SHORTEST


class Histogram:
    """Durations since the start, as Prometheus counts them.

    Attributes:
        bounds: upper bounds of the buckets, in seconds, ascending; the last bucket has none.
        counts: durations per bucket, not summed up; one more than bounds.
        total: sum of all durations, in seconds.
    """

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float] = BOUNDS) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    @property
    def count(self) -> int:
        """How many there were."""
        return sum(self.counts)

    def add(self, seconds: float) -> None:
        """Take in one duration, in seconds."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += seconds

    def cumulative(self) -> list[tuple[float, int]]:
        """(upper bound, durations up to it) for each bucket; the last bound is infinite."""
        return list(zip((*self.bounds, float("inf")), accumulate(self.counts), strict=True))
