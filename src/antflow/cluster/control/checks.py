"""What can be seen to be wrong in a command's arguments before anybody is asked."""

from __future__ import annotations

import signal as signals
from collections.abc import Iterable

LONGEST_NAME = 255
"""Bytes of a name in AMQP; with a longer one, RabbitMQ closes the worker's channel."""

MOST_PROCESSES = 1_000
"""Processes of one command: a worker forks as many as it is told to, until its machine ends."""


def processes(name: str, number: int) -> int:
    """The number, 1 to `MOST_PROCESSES`; else ValueError."""
    if at_least(1, name, number) > MOST_PROCESSES:
        raise ValueError(f"{name} must be {MOST_PROCESSES} at most, not {number:.4g}")
    return number


def at_least(least: int, name: str, number: int) -> int:
    """The number, a whole one and no less than that; else ValueError."""
    if isinstance(number, bool) or not isinstance(number, int) or number < least:
        raise ValueError(f"{name} must be a whole number, {least} or more, not {number!r}")
    return number


def text(name: str, value: str) -> str:
    """The text, if it is one, not empty, and no longer than a name may be; else ValueError."""
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} must be a text, and not empty, not {value!r}")
    if len(value.encode(errors="surrogatepass")) > LONGEST_NAME:
        raise ValueError(f"{name} must be {LONGEST_NAME} bytes at most: AMQP takes no longer one")
    return value


def seconds(name: str, value: float | None) -> float | None:
    """A time limit: more than 0 seconds, or None; else ValueError."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
        raise ValueError(f"{name} must be more than 0 seconds, not {value!r}")
    return value


def signal_name(name: str) -> str:
    """`SIGTERM` of `SIGTERM`, `TERM` or `term`; ValueError where there is no such signal."""
    full = str(name).upper()
    full = full if full.startswith("SIG") else f"SIG{full}"
    if full not in signals.Signals.__members__:
        raise ValueError(f"there is no signal {name!r}; SIGTERM and SIGKILL are the usual ones")
    return full


def ids(task_id: str | Iterable[str]) -> list[str]:
    """Task ids as a list without doubles; ValueError where one is no text or there is none."""
    found = [task_id] if isinstance(task_id, str) else list(dict.fromkeys(task_id))
    for each in found:
        text("task_id", each)
    if not found:
        raise ValueError("give at least one task_id")
    return found
