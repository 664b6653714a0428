"""Doing something at an exact moment of a run, for each moment that the run has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from antflow.testing import VirtualClockLoop

T = TypeVar("T")


class Trigger:
    """Acts once, when it has been touched for the `moment`-th time (from 1).

    Attributes:
        fired: whether that came to be.
    """

    def __init__(self, moment: int) -> None:
        self.moment = moment
        self.touches = 0
        self.fired = False
        self.act: Callable[[], Any] | None = None

    def touch(self) -> None:
        if self.act is None or self.fired:
            return
        self.touches += 1
        if self.touches >= self.moment:
            self.fired = True
            self.act()


class SteppedLoop(VirtualClockLoop):
    """Touches the trigger before each round: no suspension lies between two neighbours."""

    def __init__(self, trigger: Trigger) -> None:
        super().__init__()
        self._trigger = trigger

    def _run_once(self) -> None:
        self._trigger.touch()
        super()._run_once()  # type: ignore[misc]


def run_stepped(main: Coroutine[Any, Any, T], trigger: Trigger) -> T:
    """`asyncio.run` on a virtual clock, with the trigger touched before each round."""
    with asyncio.Runner(loop_factory=lambda: SteppedLoop(trigger)) as runner:
        return runner.run(main)


def at_every_moment(attempt: Callable[[Trigger], None], most: int = 5_000) -> int:
    """Call `attempt` with a trigger for moment 1, 2, … until it ends before the moment comes.

    Returns:
        How many moments there were.
    """
    for moment in range(1, most):
        trigger = Trigger(moment)
        attempt(trigger)
        if not trigger.fired:
            return moment - 1
    raise AssertionError(f"more than {most} moments")
