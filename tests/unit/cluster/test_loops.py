"""Which loop is meant."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from antflow.cluster.loops import asyncio_loop


async def test_every_kind_of_loop_is_taken() -> None:
    running = asyncio.get_running_loop()
    assert asyncio_loop() is running
    assert asyncio_loop(running) is running
    assert asyncio_loop(SimpleNamespace(asyncio_loop=running)) is running


def test_no_loop_says_what_to_do() -> None:
    with pytest.raises(RuntimeError, match="give io_loop"):
        asyncio_loop()
    with pytest.raises(TypeError, match="no event loop: int"):
        asyncio_loop(5)
