"""`Meters`: the figures in all, and where those per task type and per worker are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from antflow.cluster.state.durations import BOUNDS, Histogram
from antflow.cluster.state.pair import EVENTS, RECEIPTS, STARTS, Pair
from antflow.cluster.state.record import STATES
from antflow.cluster.state.rings import Ring
from antflow.cluster.state.type_meter import TypeMeter

TYPES_AT_MOST: Final = 2_000
PAIRS_AT_MOST: Final = 50_000
OTHER: Final = "(other)"
"""What types beyond the first 2,000 are counted under."""


class Meters:
    """All figures.

    Attributes:
        types: per task type, by name; tasks whose type is not known yet are under "".
        pairs: per worker and task type.
        unknown: events of types that mean nothing to us, by type (the first 100).
        events: events applied.
        malformed: events that could not be read.
        bounds: of the histograms of runtimes, in seconds, for pairs to come.
    """

    def __init__(self) -> None:
        self.bounds: Sequence[float] = BOUNDS
        self.types: dict[str, TypeMeter] = {}
        self.pairs: dict[tuple[str, str], Pair] = {}
        self.unknown: dict[str, int] = {}
        self.events = 0
        self.malformed = 0
        self._second: int | None = None
        self._ended = Ring(60)

    def of(self, name: str | None) -> TypeMeter:
        """The meter of a type, made where there is none yet."""
        key = name or ""
        meter = self.types.get(key)
        if meter is None:
            if len(self.types) >= TYPES_AT_MOST:
                key = OTHER
            meter = self.types.get(key) or TypeMeter(key)
            self.types[key] = meter
        return meter

    def pair(self, host: str, name: str | None) -> Pair:
        """The figures of a type on a worker, made where there are none yet."""
        meter = self.of(name)
        key = (host, meter.name)
        pair = self.pairs.get(key)
        if pair is None:
            pair = Pair(host, name, meter, self.bounds)
            if len(self.pairs) < PAIRS_AT_MOST:
                self.pairs[key] = pair
        return pair

    def forget(self, host: str) -> None:
        """Drop what is known of a worker that is gone."""
        for key in [key for key in self.pairs if key[0] == host]:
            del self.pairs[key]

    def count_unknown(self, kind: str) -> None:
        """Count an event of a type that means nothing to us."""
        kind = kind[:100]
        if kind in self.unknown or len(self.unknown) < 100:
            self.unknown[kind] = self.unknown.get(kind, 0) + 1

    def turn(self, now: float) -> None:
        """Let the clock go on to `now`; at most once a second there is something to do."""
        second = int(now)
        before, self._second = self._second, second
        if before is None or second <= before:
            return
        minutes = second // 60 - before // 60
        for meter in self.types.values():
            meter.second(second - before)
            if minutes:
                meter.minute(minutes)
        self._ended.turn(sum(meter.ended for meter in self.types.values()), second - before)

    def states(self) -> dict[str, int]:
        """Tasks that are kept, by state; states without tasks are left out."""
        sums = dict.fromkeys(STATES, 0)
        for meter in self.types.values():
            for state, count in meter.states.items():
                sums[state] += count
        return {state: count for state, count in sums.items() if count}

    @property
    def throughput(self) -> float:
        """Tasks ended per second, over the last 60 seconds."""
        return self._ended.mean

    @property
    def history(self) -> tuple[float, ...]:
        """Tasks ended in each of the last 60 seconds, oldest first."""
        return self._ended.values

    def _pairs(self) -> Iterator[tuple[tuple[str, str], Pair]]:
        return iter(list(self.pairs.items()))

    @property
    def events_total(self) -> dict[tuple[str, str, str], int]:
        """Events, doubles included, by (worker, event type, task type)."""
        return {
            (host, kind, name): count
            for (host, name), pair in self._pairs()
            for kind, count in zip(EVENTS, pair.counts, strict=True)
            if count
        }

    @property
    def runtimes(self) -> dict[tuple[str, str], Histogram]:
        """How long tasks ran since the start, by (worker, task type)."""
        return {key: pair.runtimes for key, pair in self._pairs() if pair.runtimes is not None}

    @property
    def prefetch_time(self) -> dict[tuple[str, str], float]:
        """Seconds the newest task started had waited on its worker, by (worker, task type)."""
        return {key: pair.prefetch_time for key, pair in self._pairs() if pair.counts[STARTS]}

    @property
    def prefetched(self) -> dict[tuple[str, str], float]:
        """Tasks that a worker holds and has not started, by (worker, task type)."""
        held = ((key, pair) for key, pair in self._pairs() if pair.counts[RECEIPTS])
        return {key: float(pair.prefetched) for key, pair in held}
