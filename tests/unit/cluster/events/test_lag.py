"""How far behind what was applied is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from antflow.cluster.events.handover import Handover
from antflow.cluster.events.lag import Lag


def lag_of(drift: float, delay: float) -> float:
    workers: dict[str, Any] = {"w": SimpleNamespace(drift=drift)}
    lag = Lag(Handover(), workers)
    lag.applied({"timestamp": 1000.0 + drift - delay, "hostname": "w"}, 1000.0)
    return lag.seconds()


def test_lag_is_the_events_delay_without_the_clocks_drift() -> None:
    assert lag_of(0.0, 2.0) == 2.0
    assert lag_of(300.0, 2.0) == 2.0
    assert lag_of(-300.0, 0.0) == 0.0


@pytest.mark.parametrize("event", [{}, {"timestamp": "x"}, {"timestamp": 1.0, "hostname": []}])
def test_lag_of_odd_events_is_not_measured(event: dict[str, Any]) -> None:
    lag = Lag(Handover(), {})
    lag.applied(event, 1.0)
    assert lag.seconds() == 0.0
