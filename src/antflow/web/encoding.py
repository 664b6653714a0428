"""Records as JSON bytes, whatever odd texts and numbers somebody put into them."""

from __future__ import annotations

from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder()
_MOST = 2**63 - 1


def encoded(value: Any) -> bytes:
    """The value as JSON. What JSON cannot hold becomes the nearest text."""
    try:
        return _ENCODER.encode(value)
    except (UnicodeEncodeError, OverflowError, TypeError, RecursionError, ValueError):
        return _ENCODER.encode(plain(value))


def plain(value: Any, depth: int = 0) -> Any:  # noqa: PLR0911 — one line a kind of value
    """A copy that JSON can hold: no lone surrogates, huge numbers or foreign objects."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if -_MOST <= value <= _MOST else plain(str(value)[:400])
    if depth > 40:
        return "…"
    if isinstance(value, msgspec.Struct):
        return {name: plain(getattr(value, name), depth + 1) for name in value.__struct_fields__}
    if isinstance(value, dict):
        return {plain(str(key)): plain(one, depth + 1) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one, depth + 1) for one in value]
    return plain(repr(value))
