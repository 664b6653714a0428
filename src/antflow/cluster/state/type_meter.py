"""`TypeMeter`: one task type in figures."""

from __future__ import annotations

from antflow.cluster.state.durations import HourOfDurations
from antflow.cluster.state.record import RECEIVED, STARTED, STATES
from antflow.cluster.state.rings import Ring
from antflow.source import Latency


class TypeMeter:
    """One task type in figures. Each count is of attempts seen, doubled events left out.

    Attributes:
        name: the type.
        received, started, succeeded, failed, retried, revoked, rejected: how many were.
        states: tasks known now, by state.
        running_since: ids STARTED and not ended, with when we heard of it, oldest first.
        stuck: those taken out of it, because they run far longer than usual.
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
