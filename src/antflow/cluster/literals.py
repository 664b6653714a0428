"""Arguments out of the texts that Celery's events carry, where these still say all of it."""

from __future__ import annotations

import ast
import re
from typing import Any

CUT_AT = 1024
"""Celery cuts arguments in events at so many characters."""

# Celery escapes the single quote and nothing else, so any other backslash is ambiguous.
_BACKSLASH = re.compile(r"\\(?!')|\\\\")


def is_cut(text: str) -> bool:
    """Whether Celery left something out of a text."""
    return "..." in text or len(text) >= CUT_AT


def positional(text: str | None) -> tuple[Any, ...]:
    """Positional arguments from their text; None or nothing: none.

    Raises:
        ValueError: the text is cut, ambiguous, or more than literals; it says which.
    """
    value = _literal(text, "the arguments", ())
    if not isinstance(value, tuple | list):
        raise ValueError(f"the arguments are no tuple or list but {type(value).__name__}")
    return tuple(value)


def keywords(text: str | None) -> dict[str, Any]:
    """Keyword arguments from their text; None or nothing: none.

    Raises:
        ValueError: the text is cut, ambiguous, or more than literals; it says which.
    """
    value = _literal(text, "the keyword arguments", {})
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise ValueError("the keyword arguments are no dict with texts as keys")
    return value


def _literal(text: str | None, what: str, empty: Any) -> Any:
    if text is None:
        raise ValueError(f"{what} are not known")
    if not text.strip():
        return empty
    if is_cut(text):
        raise ValueError(f"{what} were cut by Celery")
    if _BACKSLASH.search(text):
        raise ValueError(f"{what} hold a backslash, which Celery's text does not tell apart")
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise ValueError(f"{what} are more than literals") from None
    if _has_bytes(value):
        raise ValueError(f"{what} hold bytes, which Celery's text does not tell from text")
    return value


def _has_bytes(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_bytes(each) for pair in value.items() for each in pair)
    if isinstance(value, list | tuple | set):
        return any(_has_bytes(each) for each in value)
    return isinstance(value, bytes)
