"""One call for each row of some iterables, fed no faster than needed."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Iterable,
    Iterator,
)
from typing import Any, TypeVar

from antflow.executor.future import AsyncFuture, discard

T = TypeVar("T")
Source = Iterator[Any] | AsyncIterator[Any]
_END: Any = object()


async def in_order(
    submit: Callable[..., AsyncFuture[T]],
    iterables: Iterable[Iterable[Any] | AsyncIterable[Any]],
    room: asyncio.Semaphore,
    deadline: float | None,
    hold: bool,
) -> AsyncGenerator[T, None]:
    """The results in input order; leaving it cancels what it fed.

    Args:
        submit: called with each row's values.
        iterables: the shortest one ends the rows.
        room: how many rows may be fed and not yet taken off it.
        deadline: on the loop's clock, for waiting; a result that is there is given after it too.
        hold: a row keeps its room until its result was consumed, else until its task is done.

    Raises:
        TimeoutError: the deadline passed.
        BaseException: the first exception in input order, of a task or of an iterable.
    """
    fed: asyncio.Queue[AsyncFuture[T] | None] = asyncio.Queue()
    feeder = asyncio.create_task(_feed(submit, iterables, room, hold, fed))
    feeder.add_done_callback(lambda _: fed.put_nowait(None))
    future: AsyncFuture[T] | None = None
    try:
        while True:
            async with asyncio.timeout_at(deadline):
                if (future := await fed.get()) is None:
                    break
                value = await future.result()
            yield value
            if hold:
                room.release()
        await feeder
    finally:
        feeder.cancel()
        try:
            await asyncio.wait((feeder,))
        finally:
            _leave(feeder, [future, *_rest(fed)])


async def _feed(
    submit: Callable[..., AsyncFuture[T]],
    iterables: Iterable[Iterable[Any] | AsyncIterable[Any]],
    room: asyncio.Semaphore,
    hold: bool,
    fed: asyncio.Queue[AsyncFuture[T] | None],
) -> None:
    sources = [aiter(it) if isinstance(it, AsyncIterable) else iter(it) for it in iterables]
    await room.acquire()
    while row := await _row(sources):
        future = submit(*row)
        fed.put_nowait(future)
        if not hold:
            future.add_done_callback(lambda _: room.release())
        await room.acquire()


async def _row(sources: list[Source]) -> list[Any]:
    """The next value of each source; nothing once one of them has ended."""
    row = []
    for source in sources:
        if isinstance(source, AsyncIterator):
            value = await anext(source, _END)
        else:
            value = next(source, _END)
        if value is _END:
            return []
        row.append(value)
    return row


def _rest(fed: asyncio.Queue[AsyncFuture[T] | None]) -> Iterator[AsyncFuture[T] | None]:
    while not fed.empty():
        yield fed.get_nowait()


def _leave(feeder: asyncio.Task[None], futures: Iterable[AsyncFuture[Any] | None]) -> None:
    discard(future for future in futures if future is not None)
    if feeder.done() and not feeder.cancelled():
        feeder.exception()  # nobody reports an error of the iterables that came too late
