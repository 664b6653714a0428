"""Calling what users hand in: sync or async, and without their errors stopping the work."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from typing import Any

from antflow.interrupts import must_end

_logger = logging.getLogger("antflow")


async def call(fn: Callable[..., Any], *args: Any) -> Any:
    """Call `fn`; where it returns an awaitable, await that.

    Raises:
        Whatever the callback raises.
    """
    result = fn(*args)
    return await result if inspect.isawaitable(result) else result


class Guard:
    """Calls callbacks whose errors must not stop the work.

    An error is logged once per kind (the exception's class), with its traceback, and counted.
    KeyboardInterrupt passes, and so does the cancellation of the caller.

    Args:
        what: what is called, for the log: `"on_update"`.
        level: of the log's entries.

    Attributes:
        errors: how many calls raised.
    """

    def __init__(self, what: str, level: int = logging.ERROR) -> None:
        self.what = what
        self.level = level
        self.errors = 0
        self._logged: set[type[BaseException]] = set()

    async def call(self, fn: Callable[..., Any], *args: Any) -> Any:
        """The callback's answer, or None where it raised."""
        try:
            return await call(fn, *args)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt) or must_end(error):
                raise
            self.report(error)
            return None

    def report(self, error: BaseException) -> None:
        """Count an error that was caught elsewhere; log it where its kind is new."""
        self.errors += 1
        if type(error) not in self._logged:
            self._logged.add(type(error))
            _logger.log(
                self.level,
                "%s raised %s; further errors of this kind are only counted",
                self.what,
                type(error).__name__,
                exc_info=error,
            )
