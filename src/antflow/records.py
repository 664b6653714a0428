"""How the records of `antflow.types` behave beyond being msgspec Structs."""

from __future__ import annotations

from dataclasses import Field, fields, make_dataclass
from typing import Any

from msgspec import Struct


class FrozenDict(dict[str, Any]):
    """The metadata of an event that has none: one empty dict for all, which nobody can change."""

    def _refuse(self, *args: Any, **keywords: Any) -> Any:
        raise TypeError("events are frozen; copy the metadata to change it: dict(event.metadata)")

    __setitem__ = __delitem__ = __ior__ = update = setdefault = _refuse
    pop = popitem = clear = _refuse


class _Fields:
    """`__dataclass_fields__`, made when somebody asks for it."""

    def __init__(self, record: type[Struct]) -> None:
        self._record = record

    def __get__(self, record: Struct | None, kind: type[Struct]) -> dict[str, Field[Any]]:
        twin = make_dataclass(self._record.__name__, self._record.__struct_fields__)
        return {field.name: field for field in fields(twin)}


def answer_as_dataclasses(*records: type[Struct]) -> None:
    """Let `dataclasses.asdict`, `fields` and `is_dataclass` take the records.

    So do FastAPI and pydantic then, and scripts written for dataclasses go on.
    """
    for record in records:
        record.__dataclass_fields__ = _Fields(record)  # type: ignore[attr-defined]
