"""The tests of faults stand beside the modules that they share."""

from __future__ import annotations

import gc
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

LONGEST = 3_600
"""Seconds that one test may take in a soak."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A soak is long on purpose."""
    from sizes import SOAK

    for item in items:
        if SOAK and Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(LONGEST))


@pytest.fixture(autouse=True)
def _broken_handshakes() -> Iterator[None]:
    """Where a broker goes away in mid-handshake, py-amqp leaves closing the socket to Python."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def effects(tmp_path: Path) -> Path:
    """A folder where tasks leave their effects, one file for each idempotency key."""
    folder = tmp_path / "effects"
    folder.mkdir()
    return folder
