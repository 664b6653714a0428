"""A moment as people write it: a date, a date and time, or Unix seconds."""

from __future__ import annotations

from datetime import datetime
from math import isfinite


def moment(text: str) -> float:
    """Unix seconds of a moment; without an offset it is in the server's local time.

    Args:
        text: `2026-01-31`, `2026-01-31T10:00`, `2026-01-31T10:00:00+02:00` or Unix seconds.

    Raises:
        ValueError, OverflowError: it is none of these.
    """
    try:
        seconds = float(text)
    except ValueError:
        return datetime.fromisoformat(text).timestamp()
    if not isfinite(seconds):
        raise ValueError(text)
    return seconds
