"""What the pipeline's tests share."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest


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
