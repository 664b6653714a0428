"""W1: many viewers, some of which hardly read; `python -m benchmarks.stream` is the whole of it."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest
from sizes import GUARD, SOAK

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

P99 = 0.5
GROWTH = 50.0
SECONDS = 300.0 if SOAK else 12.0


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The benchmark, which stands beside the package."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))
    return importlib.import_module("benchmarks.stream")


async def test_slow_viewers_delay_nobody_and_are_closed(stream: ModuleType) -> None:
    """Frames come in time and memory stays bounded though some read one byte a second."""
    load = stream.Load(normal=100, slow=25, seconds=SECONDS, patience=None if SOAK else 2.0)
    found = await stream.measure(load)
    assert len(found.delays) >= 100 * SECONDS
    assert found.percentile(0.99) < GUARD * P99
    assert found.grown < GROWTH
    assert found.slow_left == 0
    assert found.normal_left == 100
