"""Blocking calls in threads of their own, which can be given up."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from typing import TypeVar

T = TypeVar("T")


def in_thread(function: Callable[[], T], name: str) -> Future[T]:
    """Call it in a new daemon thread, which ends with the call.

    A pool would keep the interpreter from ending while a broker is silent, and its few threads
    would all be taken by such brokers.

    Args:
        function: what to call.
        name: of the thread, after `antflow-`.
    """
    future: Future[T] = Future()

    def run() -> None:
        # Who gave up has put an outcome into the future already.
        with contextlib.suppress(InvalidStateError):
            try:
                result = function()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

    threading.Thread(target=run, name=f"antflow-{name}", daemon=True).start()
    return future


async def off_loop(
    function: Callable[[], T], name: str, timeout: float, give_up: Callable[[], Exception]
) -> T:
    """Await a blocking call.

    Args:
        function: what to call; it should end by itself in about `timeout`.
        name: of its thread.
        timeout: seconds after which its thread is left to itself.
        give_up: makes the error that is then raised.
    """
    future = asyncio.wrap_future(in_thread(function, name))
    done, _ = await asyncio.wait([future], timeout=timeout)
    if not done:
        future.cancel()
        raise give_up()
    return future.result()
