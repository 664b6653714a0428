"""The JSON body of a call: arguments, keywords and the options of `apply_async`."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from antflow.web.security.refusal import RefusalError

WHEN: Final = "%Y-%m-%d %H:%M:%S.%f"
CALLS_OTHERS: Final = frozenset({"link", "link_error", "chain", "chord"})
"""Options that name further tasks: an allow-list of names would mean nothing with them."""


class Call(Struct):
    """What is to be called.

    Attributes:
        args: positional arguments.
        kwargs: keyword arguments.
        options: for `apply_async` or `send_task`.
        timeout: seconds to wait for the result; None: as long as it takes.
    """

    args: list[Any]
    kwargs: dict[str, Any]
    options: dict[str, Any]
    timeout: float | None = None


def call_of(body: bytes) -> Call:
    """Read the body, whatever its content type says.

    Raises:
        RefusalError: 400, it is no JSON object, or an option has the wrong type.
    """
    values = _object(body)
    args, kwargs = values.pop("args", []), values.pop("kwargs", {})
    if not isinstance(args, list):
        raise RefusalError(400, "args must be an array")
    if not isinstance(kwargs, dict):
        raise RefusalError(400, "kwargs must be an object")
    timeout = _converted(values, "timeout", _seconds)
    return Call(args, kwargs, _options(values), timeout)


def _object(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        values = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise RefusalError(400, str(error) or "the body is no JSON") from None
    if not isinstance(values, dict):
        raise RefusalError(400, "invalid options")
    return values


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number in JSON")


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not 0 <= (seconds := float(value)) < 1e9:
        raise ValueError(value)
    return seconds


def _when(value: Any) -> datetime:
    return datetime.strptime(value, WHEN)


def _moment_or_seconds(value: Any) -> datetime | float:
    try:
        return _seconds(value)
    except (TypeError, ValueError):
        return _when(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or int(value) != float(value):
        raise ValueError(value)
    return int(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(value)
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(value)
    return value


def _object_of_texts(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(value)
    return value


OPTIONS: Final[dict[str, Callable[[Any], Any]]] = {
    "countdown": _seconds,
    "eta": _when,
    "expires": _moment_or_seconds,
    "time_limit": _seconds,
    "soft_time_limit": _seconds,
    "priority": _whole,
    "delivery_mode": _whole,
    "retry": _flag,
    "ignore_result": _flag,
    "retry_policy": _object_of_texts,
    "headers": _object_of_texts,
    **dict.fromkeys(
        (
            *("queue", "exchange", "routing_key", "serializer", "compression", "task_id"),
            *("root_id", "parent_id", "group_id", "reply_to", "shadow"),
        ),
        _text,
    ),
}


def _options(values: dict[str, Any]) -> dict[str, Any]:
    if named := CALLS_OTHERS & values.keys():
        raise RefusalError(400, f"{', '.join(sorted(named))}: cannot be given over HTTP")
    converted = {name: _converted(values, name, OPTIONS[name]) for name in OPTIONS}
    return {name: value for name, value in converted.items() if value is not None}


def _converted(values: dict[str, Any], name: str, convert: Callable[[Any], Any]) -> Any:
    value = values.get(name)
    if value is None:
        return None
    try:
        return convert(value)
    except (TypeError, ValueError, OverflowError):
        raise RefusalError(400, f"Invalid option {name}: {str(value)[:100]!r}") from None
