"""Two things measured in turn in one process, so that a busy machine disturbs both alike."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from statistics import median

Sample = Callable[[], Awaitable[float]]
"""Does the work once and returns what it cost, in seconds."""


@dataclass(frozen=True)
class Pairs:
    """Seconds of the measured and of the reference, pair by pair."""

    measured: list[float] = field(default_factory=list)
    reference: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Ratio of the medians."""
        return median(self.measured) / median(self.reference)

    @property
    def pairwise(self) -> float:
        """Median of the ratios of each pair."""
        return median(a / b for a, b in zip(self.measured, self.reference, strict=True))


async def alternate(measured: Sample, reference: Sample, pairs: int) -> Pairs:
    """Measure both `pairs` times after one run each to warm up; who goes first changes."""
    found = Pairs()
    both = [(measured, found.measured), (reference, found.reference)]
    for sample, _ in both:
        await sample()
    for number in range(pairs):
        for sample, kept in both if number % 2 else reversed(both):
            gc.collect()  # nobody pays for the other's garbage
            kept.append(await sample())
    return found
