"""Telemetry that a test can look into, and that is off again after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from memory_sdk import Recorded

from antflow.telemetry import configure_telemetry


@pytest.fixture(autouse=True)
def _automatic_again() -> Iterator[None]:
    yield
    configure_telemetry()


@pytest.fixture
def recorded() -> Recorded:
    """Telemetry is on and goes to the returned object."""
    sdk = Recorded()
    configure_telemetry(True, tracer_provider=sdk.tracers, meter_provider=sdk.meters)
    return sdk
