"""The events that are understood, their fields and the bounds of these.

An event that fits goes through in one call. One that does not is cleaned field by field: long
texts are cut, what has the wrong type or an impossible value is left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar

from msgspec import Meta, Struct, ValidationError, convert

NAME_LENGTH: Final = 512
TEXT_LENGTH: Final = 4_096
TRACEBACK_LENGTH: Final = 32_768
LATEST: Final = 1e11  # seconds; the year 5138
LARGEST: Final = 2**53

Id = Annotated[str, Meta(min_length=1, max_length=NAME_LENGTH)]
Name = Annotated[str, Meta(max_length=NAME_LENGTH)]
Text = Annotated[str, Meta(max_length=TEXT_LENGTH)]
Traceback = Annotated[str, Meta(max_length=TRACEBACK_LENGTH)]
Seconds = Annotated[float, Meta(ge=0, le=LATEST)]
Count = Annotated[int, Meta(ge=0, le=LARGEST)]


class Told(Struct, gc=False):
    """What every event holds."""

    hostname: Id
    timestamp: Seconds | None = None
    clock: Count | None = None
    pid: Count | None = None


class TaskTold(Told, gc=False, kw_only=True):
    """task-started, and what every event of a task holds."""

    uuid: Id


class Described(TaskTold, gc=False):
    """What a task is; no event by itself."""

    name: Name | None = None
    args: Text | None = None
    kwargs: Text | None = None
    root_id: Name | None = None
    parent_id: Name | None = None
    retries: Count | None = None
    eta: Name | None = None
    expires: Name | None = None


class Received(Described, gc=False):
    """task-received."""


class Sent(Described, gc=False):
    """task-sent; its hostname is the client's."""

    queue: Name | None = None
    exchange: Name | None = None
    routing_key: Name | None = None


class Succeeded(TaskTold, gc=False):
    """task-succeeded."""

    result: Text | None = None
    runtime: Seconds | None = None


class Failed(TaskTold, gc=False):
    """task-failed, task-retried."""

    exception: Text | None = None
    traceback: Traceback | None = None


class Heartbeat(Told, gc=False):
    """worker-online, worker-heartbeat, worker-offline."""

    freq: Annotated[float, Meta(gt=0, le=86_400)] | None = None
    active: Count | None = None
    processed: Count | None = None
    loadavg: tuple[Seconds, Seconds, Seconds] | None = None
    sw_ident: Name | None = None
    sw_ver: Name | None = None
    sw_sys: Name | None = None


Schema = TypeVar("Schema", bound=Told)

_TRACEBACK = {"traceback": TRACEBACK_LENGTH}
_TEXTS = dict.fromkeys(("args", "kwargs", "result", "exception"), TEXT_LENGTH)
_LENGTHS = _TEXTS | _TRACEBACK
_COUNTS = frozenset({"clock", "pid", "retries", "active", "processed"})
_TIMES = frozenset({"timestamp", "runtime", "freq"})
_IDS = frozenset({"hostname", "uuid"})


def cleaned(event: Mapping[str, Any], schema: type[Schema]) -> Schema | None:
    """The event with what can be read of it; None where its id or its sender is missing."""
    clean = {name: _value(name, event.get(name)) for name in schema.__struct_fields__}
    try:
        return convert({key: value for key, value in clean.items() if value is not None}, schema)
    except ValidationError:
        return None


def _value(name: str, value: Any) -> Any:
    if name in _COUNTS or name in _TIMES:
        return _number(name, value)
    if name == "loadavg":
        return _loads(value)
    return _text(name, value)


def _number(name: str, value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 <= value <= (LARGEST if name in _COUNTS else LATEST):  # NaN is in no range
        return None
    if name == "freq" and not 0 < value <= 86_400:
        return None
    return int(value) if name in _COUNTS else float(value)


def _loads(value: Any) -> tuple[float, ...] | None:
    if not isinstance(value, list | tuple) or len(value) != 3:
        return None
    loads = tuple(_number("load", load) for load in value)
    known = tuple(load for load in loads if load is not None and math.isfinite(load))
    return known if len(known) == 3 else None


def _text(name: str, value: Any) -> str | None:
    if not isinstance(value, str):
        return str(value) if name == "result" and isinstance(value, bool | float) else None
    if name in _IDS:
        return value if len(value) <= NAME_LENGTH else None
    return value[: _LENGTHS.get(name, NAME_LENGTH)]


def text_of(field: str, value: Any) -> str | None:
    """A text that no event told, as it can be kept in a field; None where it is none."""
    text = _text(field, value)
    return None if text is None else sound(text)


def number_of(field: str, value: Any) -> float | None:
    """A number that no event told, likewise; counts are whole."""
    return _number(field, value)


def sound(text: str) -> str:
    """The text without halves of characters, which nothing could write to a file or a socket."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
