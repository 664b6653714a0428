"""`Inspection`: the futures of one call of `inspect()`, which can itself be awaited."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

from antflow.cluster.inspector.run import Run
from antflow.cluster.inspector.timers import call_on
from antflow.cluster.inspector.worker_info import WorkerInfo

Answers = dict[str, Any]
Infos = dict[str, WorkerInfo]


class Inspection(list["asyncio.Future[Answers]"]):
    """One future a method, giving `{worker: its answer}`; awaited, it gives `{worker: WorkerInfo}`.

    Args:
        loop: where the futures live. The whole may be awaited on any loop.
        methods: what is asked, one future each, in this order.
        runs: what has to end first.
        of_method: gives the answers to one method, or raises.
        of_all: gives the whole, or raises.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        methods: Sequence[str],
        runs: Sequence[Run],
        of_method: Callable[[Sequence[Run], str], Answers],
        of_all: Callable[[Sequence[Run]], Infos],
    ) -> None:
        super().__init__(loop.create_future() for _ in methods)
        self._loop = loop
        self._methods = methods
        self._runs = runs
        self._of_method = of_method
        self._of_all = of_all
        self._whole: Future[Infos] = Future()
        for future in self:
            future.add_done_callback(_need_not_be_seen)
        if not runs:
            call_on(loop, self._deliver)
        for run in runs:
            run.wait(loop, self._deliver)

    # A list has no hash, and `asyncio.gather` and `wait` put what they wait for into sets.
    __hash__ = object.__hash__  # type: ignore[assignment]
    __eq__ = object.__eq__

    def __await__(self) -> Generator[Any, None, Infos]:
        """Wait for all; the errors are those of `Inspector.inspect`."""
        return asyncio.shield(asyncio.wrap_future(self._whole)).__await__()

    def _deliver(self) -> None:
        if self._whole.done() or not all(run.done for run in self._runs):
            return
        for method, future in zip(self._methods, self, strict=True):
            self._settle(future, partial(self._of_method, self._runs, method))
        self._settle(self._whole, partial(self._of_all, self._runs))

    @staticmethod
    def _settle(future: asyncio.Future[Any] | Future[Any], outcome: Callable[[], Any]) -> None:
        if future.done():
            return
        try:
            result = outcome()
        except Exception as error:
            future.set_exception(error)
        else:
            future.set_result(result)


def _need_not_be_seen(future: asyncio.Future[Any]) -> None:
    # Whoever awaits the whole never looks at these; asyncio would log their errors as forgotten.
    if not future.cancelled():
        future.exception()
