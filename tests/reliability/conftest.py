"""The reliability tests stand beside the modules that they share."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def _no_log() -> Iterator[None]:
    """Thousands of failures are meant; their log would hide the one that is not."""
    logger = logging.getLogger("antflow")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(level)


@pytest.fixture
def _untraced() -> Iterator[None]:
    """Times and memory as users have them, also where the tests' coverage is measured."""
    tracer = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(tracer)
