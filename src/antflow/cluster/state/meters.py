"""The figures: per task type, per worker and task type, and in all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from antflow.cluster.state.durations import BOUNDS, Histogram, HourOfDurations
from antflow.cluster.state.record import RECEIVED, STARTED, STATES
from antflow.cluster.state.rings import Ring
from antflow.source import Latency

TYPES_AT_MOST: Final = 2_000
PAIRS_AT_MOST: Final = 50_000
OTHER: Final = "(other)"
"""What types beyond the first 2,000 are counted under."""

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


class TypeMeter:
    """One task type in figures. Each count is of attempts seen, doubled events left out.

    Attributes:
        name: the type.
        received, started, succeeded, failed, retried, revoked, rejected: how many were.
        states: tasks known now, by state.
        running: ids STARTED and not ended, with when we heard of it, oldest first.
        stuck: of those, the ones that run far longer than usual.
        orphaned: tasks STARTED whose worker is dead.
        runtime: how long those that succeeded ran, over the last hour.
        waiting_time: seconds from received to started, over the last hour.
    """

    __slots__ = (
        "_ended",
        "_ends",
        "_fails",
        "failed",
        "name",
        "orphaned",
        "received",
        "rejected",
        "retried",
        "revoked",
        "running_since",
        "runtime",
        "started",
        "states",
        "stuck",
        "succeeded",
        "waiting_time",
    )

    def __init__(self, name: str) -> None:
        self.name = name
        self.received = self.started = self.succeeded = self.failed = 0
        self.retried = self.revoked = self.rejected = 0
        self.states = dict.fromkeys(STATES, 0)
        self.running_since: dict[str, float] = {}
        self.stuck: dict[str, float] = {}
        self.orphaned = 0
        self.runtime = HourOfDurations()
        self.waiting_time = HourOfDurations()
        self._ended = Ring(60)
        self._ends = Ring(60)
        self._fails = Ring(60)

    @property
    def ended(self) -> int:
        """Tasks that ended, in whatever way."""
        return self.succeeded + self.failed + self.revoked

    @property
    def running(self) -> int:
        """Tasks that run now; those of dead workers do not."""
        return self.states[STARTED] - self.orphaned

    @property
    def waiting(self) -> int:
        """Tasks that a worker has received and not started."""
        return self.states[RECEIVED]

    @property
    def known(self) -> int:
        """Tasks of this type that are kept."""
        return sum(self.states.values())

    @property
    def throughput(self) -> float:
        """Tasks ended per second, over the last 60 seconds."""
        return self._ended.mean

    @property
    def history(self) -> tuple[float, ...]:
        """Tasks ended in each of the last 60 seconds, oldest first."""
        return self._ended.values

    @property
    def trend(self) -> tuple[float, ...]:
        """Tasks ended in each of the last 60 minutes, oldest first; the present one is not in."""
        return self._ends.values

    @property
    def failure_ratio(self) -> float:
        """Share of the tasks ended in the last hour that failed, 0.0 to 1.0."""
        failed = sum(self._fails.values) + self.failed - self._fails.seen
        ended = sum(self._ends.values) + self.ended - self._ends.seen
        return failed / ended if ended else 0.0

    def runtimes(self) -> Latency:
        """Quantiles of the time that tasks run, in seconds, over the last hour."""
        return self.runtime.latency()

    def waits(self) -> Latency:
        """Quantiles of the time from received to started, in seconds, over the last hour."""
        return self.waiting_time.latency()

    def second(self, seconds: int) -> None:
        """Let seconds pass."""
        self._ended.turn(self.ended, seconds)
        self.runtime.fold()
        self.waiting_time.fold()

    def minute(self, minutes: int) -> None:
        """Let minutes pass."""
        self._ends.turn(self.ended, minutes)
        self._fails.turn(self.failed, minutes)
        self.runtime.turn(minutes)
        self.waiting_time.turn(minutes)


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
        return {key: pair.prefetch_time for key, pair in self._pairs() if pair.counts[1]}

    @property
    def prefetched(self) -> dict[tuple[str, str], float]:
        """Tasks that a worker holds and has not started, by (worker, task type)."""
        return {key: float(pair.prefetched) for key, pair in self._pairs() if pair.counts[0]}
