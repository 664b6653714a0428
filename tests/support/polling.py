"""Waiting for something to become true, with a bound and without sleeping longer than needed.

from polling import eventually, eventually_async

eventually(lambda: server.answers(), timeout=5)
rows = await eventually_async(lambda: cluster.state.find("state:failed")[0], timeout=5)
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

INTERVAL = 0.02


def eventually(
    predicate: Callable[[], T],
    timeout: float = 10.0,
    *,
    interval: float = INTERVAL,
    what: str | Callable[[], str] = "",
) -> T:
    """Ask until the answer is true, and return it; AssertionError after `timeout` seconds.

    An AssertionError of the predicate counts as "not yet"; the last one is the cause at the end.
    """
    end = time.monotonic() + timeout
    last: AssertionError | None = None
    while True:
        try:
            if answer := predicate():
                return answer
        except AssertionError as error:
            last = error
        if time.monotonic() >= end:
            raise AssertionError(_complaint(timeout, what, predicate)) from last
        time.sleep(interval)


async def eventually_async(
    predicate: Callable[[], T | Awaitable[T]],
    timeout: float = 10.0,
    *,
    interval: float = INTERVAL,
    what: str | Callable[[], str] = "",
) -> T:
    """`eventually` on an event loop; the predicate may be a coroutine function."""
    end = time.monotonic() + timeout
    last: AssertionError | None = None
    while True:
        try:
            answer = predicate()
            if inspect.isawaitable(answer):
                answer = await answer
            if answer:
                return answer
        except AssertionError as error:
            last = error
        if time.monotonic() >= end:
            raise AssertionError(_complaint(timeout, what, predicate)) from last
        await asyncio.sleep(interval)


def _complaint(timeout: float, what: str | Callable[[], str], predicate: Callable[[], T]) -> str:
    told = what() if callable(what) else what
    return f"not within {timeout:g} s: {told or predicate}"
