"""Waiting for several futures at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from enum import StrEnum
from typing import TypeVar

from antflow.executor.future import AsyncFuture

T = TypeVar("T")


class WaitStrategy(StrEnum):
    """When `AsyncExecutor.wait` returns."""

    ALL_COMPLETED = "ALL_COMPLETED"
    """All futures are done."""
    FIRST_COMPLETED = "FIRST_COMPLETED"
    """One future is done."""
    FIRST_EXCEPTION = "FIRST_EXCEPTION"
    """One task raised, or all futures are done; a cancelled one did not raise."""


async def wait(
    futures: Iterable[AsyncFuture[T]], timeout: float | None, return_when: WaitStrategy
) -> tuple[set[AsyncFuture[T]], set[AsyncFuture[T]]]:
    """See `AsyncExecutor.wait`."""
    strategy = WaitStrategy(return_when)
    by_outcome = {future._outcome: future for future in futures}
    if not by_outcome:
        return set(), set()
    done, pending = await asyncio.wait(by_outcome, timeout=timeout, return_when=strategy.value)
    if pending and strategy is WaitStrategy.ALL_COMPLETED:
        raise TimeoutError(f"{len(pending)} of {len(by_outcome)} not done after {timeout} s")
    return {by_outcome[outcome] for outcome in done}, {by_outcome[outcome] for outcome in pending}


def as_completed(
    futures: Iterable[AsyncFuture[T]], timeout: float | None
) -> AsyncIterator[AsyncFuture[T]]:
    """See `AsyncExecutor.as_completed`; the time counts from this call."""
    by_outcome = {future._outcome: future for future in futures}
    deadline = None if timeout is None else asyncio.get_running_loop().time() + timeout
    return _as_completed(by_outcome, deadline)


async def _as_completed(
    by_outcome: dict[asyncio.Future[T], AsyncFuture[T]], deadline: float | None
) -> AsyncIterator[AsyncFuture[T]]:
    ready: asyncio.Queue[asyncio.Future[T]] = asyncio.Queue()
    for outcome in by_outcome:
        if outcome.done():
            ready.put_nowait(outcome)
        else:
            outcome.add_done_callback(ready.put_nowait)
    try:
        for _ in range(len(by_outcome)):
            # what is done already is given also when the time is up
            async with asyncio.timeout_at(deadline):
                outcome = await ready.get()
            yield by_outcome[outcome]
    finally:
        for outcome in by_outcome:
            outcome.remove_done_callback(ready.put_nowait)
