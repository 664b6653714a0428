"""Figures and foreign text as words on a screen."""

from __future__ import annotations

from typing import Any

_LONGEST = 500  # characters looked at; what is longer is cut anyway


def safe(value: Any) -> str:
    """The value's text on one line, with nothing in it that a terminal would obey.

    An id, an error or a task's text may hold anything, and its `str()` may raise.
    """
    try:
        text = str(value)[:_LONGEST]
    except Exception:
        return f"<{type(value).__name__}>"
    return "".join(char if char.isprintable() else "·" for char in " ".join(text.split()))


def clock(seconds: float) -> str:
    """`0:09`, `12:30`, `3:05:00`, `4 days`."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 72:
        return f"{hours // 24} days"
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def span(seconds: float) -> str:
    """`0 ms`, `26 ms`, `1.4 s`, then as `clock`."""
    if seconds < 0.9995:
        millis = seconds * 1000
        return f"{millis:.1f} ms" if 0 < millis < 9.95 else f"{millis:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 60 else clock(seconds)


def pace(per_second: float) -> str:
    """`1,234/s`, `2.5/s`, `30/min`, `2/h`."""
    if per_second >= 99.5:
        return f"{per_second:,.0f}/s"
    if per_second >= 1 or per_second <= 0:
        return f"{per_second:.1f}/s" if per_second > 0 else "0/s"
    return f"{per_second * 60:.3g}/min" if per_second * 60 >= 1 else f"{per_second * 3600:.3g}/h"


def percent(share: float) -> str:
    """`46%`; 100% only where nothing is missing."""
    return f"{int(share * 100)}%"


def counted(counts: dict[str, int], most: int = 4) -> str:
    """`TimeoutError 7, ValueError 5, 2 more kinds`; the biggest first."""
    ranked = sorted(counts.items(), key=lambda pair: -pair[1])
    shown = [f"{safe(name)} {count:,}" for name, count in ranked[:most]]
    hidden = len(ranked) - len(shown)
    return ", ".join(shown + ([f"{hidden} more kind{'s' * (hidden > 1)}"] if hidden else []))
