"""One time budget for all coroutines of antflow on a loop, so that the others get their turn.

A worker whose tasks never suspend would keep the loop to itself. Each checks its clock reading
against `deadline` before it takes an item; past it, it parks until the loop has gone round.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from weakref import WeakKeyDictionary

SLICE = 0.008
"""Seconds that antflow's coroutines may take together within one round of the loop."""

_WAKE = 8
"""Parked coroutines woken in one round: most rounds, the first few use up the slice."""

Clock = Callable[[], float]

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = WeakKeyDictionary()


class Turns:
    """The budget of one event loop; get it with `turns_of`."""

    __slots__ = ("_ending", "_parked", "_reparked", "deadline")

    def __init__(self) -> None:
        self.deadline = float("-inf")
        self._ending = False
        self._parked: deque[asyncio.Future[None]] = deque()
        self._reparked: deque[asyncio.Future[None]] = deque()

    async def take(self, clock: Clock) -> float:
        """Return a clock reading when the caller may work on; call it once past `deadline`."""
        now = clock()
        queue = self._parked
        while now > self.deadline:
            if not self._ending:
                self._begin(clock)
                break
            waiter = asyncio.get_running_loop().create_future()
            queue.append(waiter)
            await waiter
            queue = self._reparked  # woken in vain: keeps its place before the others
            now = clock()
        return now

    def _begin(self, clock: Clock) -> None:
        self.deadline = clock() + SLICE
        self._ending = True
        asyncio.get_running_loop().call_soon(self._end, clock)

    def _end(self, clock: Clock) -> None:
        self.deadline = float("-inf")
        self._ending = False
        for _ in range(_WAKE):
            queue = self._reparked or self._parked
            if not queue:
                return
            waiter = queue.popleft()
            if not waiter.done():
                waiter.set_result(None)
        if self._parked or self._reparked:
            self._begin(clock)  # whoever was woken runs in this slice, then the rest


def turns_of(loop: asyncio.AbstractEventLoop) -> Turns:
    """The loop's budget; the same one for all pipelines on it."""
    turns = _turns.get(loop)
    if turns is None:
        turns = _turns[loop] = Turns()
    return turns
