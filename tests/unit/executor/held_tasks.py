"""Tasks that run until the test lets them go."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

GUARD = 10.0
TURNS = 20


class Gate:
    """A plain function that holds its thread until it is opened."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.opened = threading.Event()
        self.ended = threading.Event()

    def __call__(self, value: object = None) -> object:
        self.begun.set()
        assert self.opened.wait(GUARD)
        self.ended.set()
        return value

    async def until_begun(self) -> None:
        assert await asyncio.to_thread(self.begun.wait, GUARD)


class Tasks:
    """Coroutine functions that run until the test lets them go, and what became of them."""

    def __init__(self) -> None:
        self.started: list[object] = []
        self.cancelled: list[object] = []
        self.ended: list[object] = []
        self.running = 0
        self.most = 0
        self.opened = asyncio.Event()

    async def hold(self, value: object = None) -> object:
        self.started.append(value)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.opened.wait()
            self.ended.append(value)
            return value
        except asyncio.CancelledError:
            self.cancelled.append(value)
            raise
        finally:
            self.running -= 1


async def until(condition: Callable[[], object]) -> None:
    """Let the loop go round until the condition holds, within a bound."""
    for _ in range(TURNS):
        if condition():
            return
        await asyncio.sleep(0)
    assert condition()


async def turns() -> None:
    """Let the loop go round, to see that something does not happen."""
    for _ in range(TURNS):
        await asyncio.sleep(0)


async def double(value: int) -> int:
    await asyncio.sleep(0)
    return 2 * value


class Flaky:
    """Fails a number of times, then gives the number of its calls."""

    def __init__(self, failures: int, error: type[BaseException] = ValueError) -> None:
        self.failures = failures
        self.error = error
        self.times: list[float] = []

    async def __call__(self) -> int:
        self.times.append(asyncio.get_running_loop().time())
        if len(self.times) <= self.failures:
            raise self.error(f"failure {len(self.times)}")
        return len(self.times)
