"""What is kept of a worker beyond its record, to judge its events by."""

from __future__ import annotations

from collections import deque
from typing import Final

from antflow.cluster.state.meters import TYPES_AT_MOST, Meters
from antflow.cluster.state.pair import Pair
from antflow.cluster.state.record import WorkerRecord
from antflow.cluster.state.schema import Heartbeat, Told, sound

SAMPLES: Final = 16
SAMPLED: Final = 1.0  # seconds between two samples of the drift
SKEWED: Final = 10.0  # seconds; a smaller drift is as likely a delay


class Watch:
    """One worker, followed.

    Attributes:
        record: what is shown of it.
        host: its name; the one string that all records share.
        pairs: its figures by task type.
        batch: number of the newest batch that held an event of it.
        ran: runs of tasks seen on it.
        lost: ids of the tasks orphaned when it fell silent; its next sign takes them back.
        closed: logical clock of its worker-offline; None: it said no such thing.
        excused: seconds of its silence that are not its own.
        offline_since: when it went offline, by our clock; None: it is online.
    """

    __slots__ = (
        "_baseline",
        "_beat",
        "_drifts",
        "_sampled",
        "batch",
        "closed",
        "excused",
        "host",
        "lost",
        "offline_since",
        "pairs",
        "ran",
        "record",
    )

    def __init__(self, host: str, now: float) -> None:
        self.record = WorkerRecord(host, True, now, now)
        self.host = host
        self.pairs: dict[str | None, Pair] = {}
        self.batch = -1
        self.ran = 0
        self.lost: dict[str, None] = {}
        self.closed: int | None = None
        self.offline_since: float | None = None
        self.excused = 0.0
        self._drifts: deque[float] = deque(maxlen=SAMPLES)
        self._sampled = float("-inf")
        self._baseline: tuple[int, int] | None = None
        self._beat = 0

    def worth(self) -> tuple[bool, float]:
        """What is kept longer: online before offline, then the one seen last."""
        return self.record.online, self.record.last_seen

    @property
    def skew(self) -> float:
        """Its clock less ours, in seconds, where that is more than a delay could be."""
        drift = self.record.drift
        return drift if abs(drift) > SKEWED else 0.0

    def pair(self, name: str | None, meters: Meters) -> Pair:
        """The figures of a task type here."""
        pair = self.pairs.get(name)
        if pair is None:
            pair = meters.pair(self.host, name)
            if pair.name == name and len(self.pairs) < TYPES_AT_MOST:
                self.pairs[name] = pair
        return pair

    def sample(self, told: Told, now: float) -> None:
        """Compare its clock with ours: the event least delayed of the last few tells."""
        if told.timestamp is None or 0 <= now - self._sampled < SAMPLED:
            return
        self._sampled = now
        self._drifts.append(told.timestamp - now)
        self.record.drift = max(self._drifts)

    def is_late(self, told: Told) -> bool:
        """Whether an event was sent before what we know of the worker's end."""
        if self.closed is None or told.pid != self.record.pid:
            return False
        return told.clock is not None and told.clock <= self.closed

    def is_restart(self, told: Told) -> bool:
        """Whether an event of another process is of a newer one, not of the one before."""
        known = self.record.timestamp
        return told.timestamp is None or known is None or told.timestamp >= known

    def restarted(self, pid: int | None) -> None:
        """Another process has its name now."""
        record = self.record
        record.pid, record.clock, record.missed = pid, 0, 0
        record.active = record.processed = 0
        self.closed = None
        self._baseline, self._beat = (0, self.ran), 0

    def beat(self, told: Heartbeat) -> None:
        """Take in what a heartbeat says; an old one says nothing."""
        record = self.record
        if told.clock is not None and told.clock < record.clock:
            return
        for name in ("freq", "active", "loadavg", "sw_ident", "sw_ver", "sw_sys"):
            value = getattr(told, name)
            if value is not None:
                setattr(record, name, sound(value) if isinstance(value, str) else value)
        if told.processed is not None:
            self._count(told.processed)

    def _count(self, processed: int) -> None:
        """Compare runs told of with runs seen.

        Task events are buffered by the worker, so its last heartbeat but one is what they must
        have caught up with.
        """
        record = self.record
        if self._baseline is None or processed < record.processed:
            self._baseline, self._beat = (processed, self.ran), processed
        counted, seen = self._baseline
        record.missed = max(0, self._beat - counted - (self.ran - seen))
        record.processed = self._beat = processed
