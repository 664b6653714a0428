"""What the pipeline's tests share; `staff.py` stands beside this file."""

from __future__ import annotations

import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from antflow.pipeline.channel import Channel
from antflow.testing import settle

sys.path.append(str(Path(__file__).parent))  # for the module beside this one

from staff import Staff


class Blocker:
    """A plain task that blocks its thread until `release`; knows what runs inside."""

    def __init__(self) -> None:
        self.entered: list[Any] = []
        self.left: list[Any] = []
        self.released = threading.Event()

    def __call__(self, value: Any) -> Any:
        self.entered.append(value)
        assert self.released.wait(30)
        self.left.append(value)
        return value


@pytest.fixture
def blocker() -> Iterator[Blocker]:
    made = Blocker()
    yield made
    made.released.set()


@pytest.fixture
async def staffed() -> AsyncIterator[Callable[..., Any]]:
    """`await staffed(channel, n)`: n workers that wait at the channel."""
    made: list[Staff] = []

    async def make(channel: Channel, n: int) -> Staff:
        staff = Staff(channel)
        made.append(staff)
        staff.hire(n)
        await settle()
        return staff

    yield make
    for staff in made:
        await staff.close()
