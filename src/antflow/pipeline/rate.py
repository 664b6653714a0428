"""`Pacer`: starts at most `limit` calls in any window of one period, evenly while callers wait."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable

from antflow.clock import clock_of

Rate = str | float | None
_TOLERANCE = 1e-6  # seconds
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_RATE = r"(\d+(?:\.\d+)?)\s*/\s*(\d+(?:\.\d+)?)?\s*([smh])"


def parse_rate(rate: Rate) -> tuple[int, float] | None:
    """`"20/s"`, `"100/m"`, `"5/10s"` or a number per second, as (limit, period in seconds).

    Raises:
        ValueError: anything else.
    """
    if rate is None:
        return None
    if isinstance(rate, str):
        match = re.fullmatch(_RATE, rate.strip())
        number = float(match[1]) if match else 0.0
        period = float(match[2] or 1) * _UNITS[match[3]] if match else 0.0
    elif isinstance(rate, (int, float)) and not isinstance(rate, bool):
        number, period = float(rate), 1.0
    else:
        number = period = 0.0
    if not (0 < number < float("inf") and period > 0):
        raise ValueError(f"rate must be like '20/s', '100/m', '5/h' or a number > 0, got {rate!r}")
    if number.is_integer():
        return int(number), period
    # a fraction of a call: the same pace over the period of one call
    return max(1, int(number)), period * max(1, int(number)) / number


class Pacer:
    """Grants starts in the order asked.

    After a rest of one period up to `limit` calls start at once; while callers wait, starts are
    `period / limit` apart; no window of one period ever holds more than `limit`.

    Args:
        limit: calls per period; at least 1.
        period: seconds.
    """

    def __init__(self, limit: int, period: float) -> None:
        self.limit = limit
        self.period = period
        self._starts: deque[float] = deque(maxlen=limit)
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._clock: Callable[[], float] | None = None

    def attach(self, clock: Callable[[], float]) -> None:
        """A new run begins, maybe on another event loop; what started before still counts."""
        self._clock = clock
        self._waiters.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = clock()
        if any(start > now for start in self._starts):  # a clock that began anew
            self._starts.clear()

    def _now(self) -> float:
        if self._clock is None:
            self._clock = clock_of(asyncio.get_running_loop())
        return self._clock()

    def has_capacity(self, amount: int = 1) -> bool:
        """Whether `amount` calls could start now without waiting."""
        if self._waiters or amount > self.limit:
            return False
        excess = len(self._starts) + amount - self.limit
        return excess <= 0 or self._starts[excess - 1] <= self._now() - self.period

    async def acquire(self) -> None:
        """Return when the call may start; a cancelled caller costs no start."""
        if self.has_capacity():
            self._due = self._now()
            self._starts.append(self._due)
            return
        loop = asyncio.get_running_loop()
        waiter = loop.create_future()
        self._waiters.append(waiter)
        if self._timer is None:
            self._arm(loop)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
            raise

    def _arm(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait for the next start: paced from when the last one was due, so that no delay adds up.

        The window is kept by when the starts really were.
        """
        now = self._now()
        window = self._starts[0] + self.period if len(self._starts) == self.limit else now
        pace = self._due + self.period / self.limit if self._starts else now
        self._due = max(window, pace)
        self._timer = loop.call_later(max(0.0, self._due - now), self._grant, loop)

    def _grant(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        early = self._due - self._now()
        if early > _TOLERANCE:  # a timer of coarse resolution
            self._timer = loop.call_later(early, self._grant, loop)
            return
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                self._starts.append(self._now())
                waiter.set_result(None)
                break
        if self._waiters:
            self._arm(loop)


Pacers = tuple[Pacer | None, Pacer | None]
"""A stage's pacers: for the starts of its tasks (`rate`), and for `rate_limit()` in them."""


def pacers_of(rate: Rate, call_rate: float | None, call_rate_period: float) -> Pacers:
    """The pacers for a stage's fields; None where a field sets no limit."""
    starts, calls = parse_rate(rate), parse_rate(call_rate)
    return (
        Pacer(*starts) if starts else None,
        Pacer(calls[0], calls[1] * call_rate_period) if calls else None,
    )
