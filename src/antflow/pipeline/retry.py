"""How long an item waits before its next attempt."""

from __future__ import annotations

import logging
import math
from typing import Any

from msgspec import Struct

from antflow.pipeline.envelope import Envelope
from antflow.pipeline.stage import Stage

logger = logging.getLogger("antflow")


class Waiting(Struct, eq=False):
    """An item between two attempts.

    Attributes:
        item: the item; its value is what entered the stage.
        index: number of the task to go on with.
        value: what that task receives.
        attempt: number of the coming attempt, from 2.
        began: when the first attempt started, on the run's clock.
    """

    item: Envelope
    index: int
    value: Any
    attempt: int
    began: float


class Outcome(Struct):
    """A failed attempt, as tenacity's wait objects ask for it."""

    error: BaseException
    attempt_number: int
    failed: bool = True

    def exception(self) -> BaseException:
        """What the attempt raised."""
        return self.error

    def result(self) -> Any:
        """Raise what the attempt raised."""
        raise self.error


class RetryState(Struct):
    """What a wait callable gets; the attributes are those of tenacity's `RetryCallState`.

    Attributes:
        attempt_number: attempts made so far, from 1.
        outcome: the last attempt; `outcome.exception()` is its error.
        seconds_since_start: since the first attempt began.
        idle_for: seconds waited between attempts so far; always 0.0.
        fn: the task that failed.
        args: what the task received.
    """

    attempt_number: int
    outcome: Outcome
    seconds_since_start: float
    fn: Any = None
    args: tuple[Any, ...] = ()
    idle_for: float = 0.0
    start_time: float = 0.0
    next_action: Any = None
    upcoming_sleep: float = 0.0
    retry_object: Any = None

    @property
    def kwargs(self) -> dict[str, Any]:
        """Always empty: a task has one argument."""
        return {}


def worth_another(stage: Stage, attempt: int, error: BaseException) -> bool:
    """Whether the attempt with this number is followed by another."""
    if isinstance(error, KeyboardInterrupt):
        return False
    return attempt < stage.attempts and isinstance(error, stage.retry_on)


def seconds_before_next(
    stage: Stage, failed: Waiting, error: BaseException, now: float
) -> float | None:
    """Seconds to wait after a failed attempt; None where the wait callable itself fails.

    Args:
        stage: whose policy applies.
        failed: the attempt that failed.
        error: what it raised.
        now: on the run's clock.
    """
    wait = stage.wait
    if not callable(wait):
        return wait
    outcome = Outcome(error, failed.attempt)
    task = stage.tasks[failed.index]
    elapsed = now - failed.began
    state = RetryState(
        failed.attempt, outcome, elapsed, task, (failed.value,), start_time=failed.began
    )
    try:
        seconds = float(wait(state))
    except KeyboardInterrupt:
        raise
    except BaseException:
        logger.exception("stage %r: its wait callable raised; the item fails", stage.name)
        return None
    return seconds if seconds > 0 and math.isfinite(seconds) else 0.0
