"""How far what was applied is behind the clocks of those that sent it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from antflow.cluster.events.decoding import Event
from antflow.cluster.events.handover import Handover

FRESH = 2.0  # seconds for which the delay of the newest event counts


class Lag:
    """Measures the delay of events, a worker's clock corrected by its drift.

    Args:
        handover: what waits in it is behind, too.
        workers: records with `drift`, by name.
    """

    def __init__(self, handover: Handover, workers: Mapping[str, Any]) -> None:
        self._handover = handover
        self._workers = workers
        self._delay = 0.0
        self._at = 0.0

    def applied(self, event: Event, received_at: float) -> None:
        """The newest of the events that were applied now, and when it came."""
        sent = event.get("timestamp")
        if not isinstance(sent, int | float) or not 0 < sent < 1e11:
            return
        name = event.get("hostname")
        worker = self._workers.get(name) if isinstance(name, str) else None
        drift = worker.drift if worker is not None else 0.0
        self._delay = max(0.0, received_at - (sent - drift))
        self._at = time.monotonic()

    def seconds(self) -> float:
        """Seconds behind now; 0 where all that came is applied and nothing comes."""
        delay = self._delay if time.monotonic() - self._at < FRESH else 0.0
        return delay + self._handover.age()
