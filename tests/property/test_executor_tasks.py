"""Whatever is submitted, cancelled, failed and shut down in whatever order: each task ends once."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from antflow.executor import AsyncExecutor, AsyncFuture

STEPS = st.one_of(
    st.tuples(st.just("submit"), st.integers(0, 2)),
    st.tuples(st.sampled_from(["return", "raise", "cancel"]), st.integers(0, 11)),
    st.tuples(st.just("turn"), st.integers(1, 4)),
)
ENDS = st.tuples(st.booleans(), st.booleans())


class Run:
    """An executor with tasks that end as they are told, and what is known of each."""

    def __init__(self, workers: int) -> None:
        self.executor = AsyncExecutor(max_workers=workers)
        self.workers = workers
        self.futures: list[AsyncFuture[int]] = []
        self.orders: list[asyncio.Future[str]] = []
        self.started: list[int] = []
        self.ends: list[tuple[int, str]] = []
        self.running = 0
        self.cancelled: set[int] = set()

    async def task(self, number: int) -> int:
        if number not in self.started:
            self.started.append(number)
        self.running += 1
        assert self.running <= self.workers
        try:
            order = await asyncio.shield(self.orders[number])
            if order == "raise":
                raise ValueError(number)
            return number
        finally:
            self.running -= 1

    async def step(self, name: str, number: int) -> None:
        if name == "submit":
            self.orders.append(asyncio.get_running_loop().create_future())
            future = self.executor.submit(
                self.task, len(self.futures), retries=number, retry_delay=0
            )
            future.add_done_callback(lambda it: self.ends.append((it.sequence_id, repr(it))))
            self.futures.append(future)
        elif name == "turn":
            for _ in range(number):
                await asyncio.sleep(0)
        elif number < len(self.futures):
            if name == "cancel":
                if self.futures[number].cancel():
                    self.cancelled.add(number)
            elif not self.orders[number].done():
                self.orders[number].set_result(name)

    async def end(self, wait: bool, cancel_futures: bool) -> None:
        waiting = {number for number, future in enumerate(self.futures) if not future.done()}
        await self.executor.shutdown(wait=False, cancel_futures=cancel_futures)
        if cancel_futures:
            self.cancelled |= {number for number in waiting if self.futures[number].done()}
        for order in self.orders:
            if not order.done():
                order.set_result("return")
        await (self.executor.shutdown() if wait else self.executor.wait(self.futures))
        await asyncio.sleep(0)

    def check(self) -> None:
        assert self.running == 0
        assert self.started == sorted(self.started)
        assert sorted(number for number, _ in self.ends) == list(range(len(self.futures)))
        for number, future in enumerate(self.futures):
            assert future.cancelled() == (number in self.cancelled)
            if not future.cancelled():
                self._check_outcome(number, future)

    def _check_outcome(self, number: int, future: AsyncFuture[Any]) -> None:
        assert number in self.started
        if self.orders[number].result() == "raise":
            assert isinstance(future.exception(), ValueError)
        else:
            assert future.exception() is None


@settings(max_examples=200, deadline=None)
@given(workers=st.integers(1, 3), steps=st.lists(STEPS, max_size=30), end=ENDS)
def test_every_task_has_exactly_one_outcome(
    workers: int, steps: list[tuple[str, int]], end: tuple[bool, bool]
) -> None:
    async def main() -> None:
        run = Run(workers)
        for name, number in steps:
            await run.step(name, number)
        await run.end(*end)
        run.check()
        for _ in range(10):
            await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())
