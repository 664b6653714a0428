"""Whether what is shown of a cluster can be trusted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from antflow.source import Health, SourceState

if TYPE_CHECKING:
    from antflow.cluster.state import WorkerRecord

DRIFT_SHOWN = 1.0
"""Seconds by which a worker's clock may be wrong before it is worth a word."""


def judged(
    told: Health, workers: Iterable[WorkerRecord], now: float, broker_problem: str | None = None
) -> Health:
    """The events' own health, with what only the state knows.

    Args:
        told: what the receiver of events says.
        workers: all that are known.
        now: the time, as `told.last_event` counts it.
        broker_problem: why the broker could not be asked, where it could not.
    """
    known = list(workers)
    state, reason = _state(told, known, now, broker_problem)
    return msgspec.structs.replace(told, state=state, reason=reason, drift=drifts(known))


def drifts(workers: Iterable[WorkerRecord]) -> dict[str, float]:
    """Seconds by which clocks of workers that are online are wrong, by name."""
    return {w.hostname: w.drift for w in workers if w.online and abs(w.drift) > DRIFT_SHOWN}


def _state(
    told: Health, workers: list[WorkerRecord], now: float, broker_problem: str | None
) -> tuple[SourceState, str | None]:
    if not told.connected:
        starting = told.state == "starting" and not told.reason and not broker_problem
        return ("starting" if starting else "disconnected"), told.reason or broker_problem
    if told.state == "stale":
        return "stale", told.reason
    online = [worker for worker in workers if worker.online]
    if online:
        newest = max(worker.last_seen for worker in online)
        allowed = 2 * max(worker.freq for worker in online)
        if now - max(newest, told.last_event or 0.0) > allowed:
            return "stale", f"no event for {now - newest:.0f} s; workers send one every few"
        return "running", told.reason or broker_problem
    return "idle", told.reason or broker_problem or "no worker is online"
