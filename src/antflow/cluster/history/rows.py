"""From records to rows that every database takes, and back."""

from __future__ import annotations

import math
from collections.abc import Iterable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec

from antflow.cluster.history.schema import FIELDS, FLAGS, NUMBERS, TEXTS, TIMES

if TYPE_CHECKING:
    from antflow.cluster.state import TaskRecord

Row = tuple[Any, ...]

copy = attrgetter(*FIELDS)
"""A record's kept fields as a tuple: it changes on, the tuple does not."""

_TEXT_AT = range(len(TEXTS) + 1)
_TIME_AT = range(_TEXT_AT.stop, _TEXT_AT.stop + len(TIMES))
_NUMBER_AT = range(_TIME_AT.stop, _TIME_AT.stop + len(NUMBERS))
_FLAG_AT = range(_NUMBER_AT.stop, _NUMBER_AT.stop + len(FLAGS))
_LARGEST = 2**63 - 1


def clean(row: Row, saved: float) -> Row:
    """The row as databases take it: no NUL, no half of a surrogate, no number too large."""
    return (
        *[_text(row[at]) for at in _TEXT_AT],
        *[_time(row[at]) for at in _TIME_AT],
        *[_number(row[at]) for at in _NUMBER_AT],
        *[bool(row[at]) for at in _FLAG_AT],
        saved,
    )


def _text(value: Any) -> str | None:
    if value is None:
        return None
    text = value if type(value) is str else str(value)
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text


def _time(value: Any) -> float | None:
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    return None


def _number(value: Any) -> int:
    return value if isinstance(value, int) and abs(value) <= _LARGEST else 0


def read(rows: Iterable[Any]) -> tuple[list[TaskRecord], int]:
    """Records, and how many rows hold no record.

    Args:
        rows: values of `FIELDS` from the database; checked, since anybody may have written them.
    """
    from antflow.cluster.state import TaskRecord

    records: list[TaskRecord] = []
    unreadable = 0
    for row in rows:
        try:
            records.append(msgspec.convert(dict(zip(FIELDS, row, strict=True)), TaskRecord))
        except msgspec.ValidationError:
            unreadable += 1
    return records, unreadable
