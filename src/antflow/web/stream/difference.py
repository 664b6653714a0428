"""What changed between two frames, as a patch, and a patch applied.

A patch holds what changed by the frame's own keys. The lists of rows (`groups`, `workers`,
`queues`, `failures`) stand there as `{"set": {key: row}, "drop": [key]}`: a row of a known key
takes its place, one of a new key goes to the end. The key is the row's `name`; of `failures` it
is `exception in group`. Where that would not give the same list in the same order, the patch
holds the whole list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from antflow.source import FailureGroup, Frame

Patch = dict[str, Any]


class Rows(Struct, frozen=True, omit_defaults=True):
    """Rows that changed.

    Attributes:
        set: new and changed rows by key.
        drop: keys of the rows that are gone.
    """

    set: dict[str, Any] = {}
    drop: list[str] = []


def failure_key(row: FailureGroup) -> str:
    """The key of a group of failures."""
    return f"{row.exception} in {row.group}"


def _name(row: Any) -> str:
    name: str = row.name
    return name


KEYS: Mapping[str, Callable[[Any], str]] = {
    "groups": _name,
    "workers": _name,
    "queues": _name,
    "failures": failure_key,
}


def difference(old: Frame, new: Frame) -> Patch:
    """The patch that makes `new` of `old`."""
    patch: Patch = {}
    for field in Frame.__struct_fields__:
        before, after = getattr(old, field), getattr(new, field)
        if before is after or before == after:
            continue
        key = KEYS.get(field)
        patch[field] = after if key is None else _rows(before, after, key)
    return patch


def _rows(old: Sequence[Any], new: Sequence[Any], key: Callable[[Any], str]) -> Any:
    before = {key(row): row for row in old}
    after = {key(row): row for row in new}
    if len(before) != len(old) or len(after) != len(new):
        return new
    drop = [name for name in before if name not in after]
    changed = {name: row for name, row in after.items() if before.get(name) != row}
    if len(changed) == len(after):
        return new
    if drop or len(after) > len(before) or before.keys() != after.keys():
        kept = [name for name in before if name in after]
        added = [name for name in after if name not in before]
        # In JavaScript, keys that look like numbers come first, whatever their order.
        if len(added) > 1 or [*kept, *added] != list(after):
            return new
    elif list(before) != list(after):
        return new
    return Rows(changed, drop)


def applied(frame: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """The frame after a patch, both as decoded from JSON; what a viewer does.

    Args:
        frame: the frame before; it is left as it is.
        patch: as `difference` made it.
    """
    result = dict(frame)
    for field, change in patch.items():
        rows = field in KEYS and isinstance(change, Mapping)
        result[field] = _applied_rows(frame[field], change, field) if rows else change
    return result


def _applied_rows(
    rows: Sequence[Mapping[str, Any]], change: Mapping[str, Any], field: str
) -> list[Any]:
    def key(row: Mapping[str, Any]) -> str:
        return f"{row['exception']} in {row['group']}" if field == "failures" else row["name"]

    by_key = {key(row): row for row in rows}
    for name in change.get("drop", ()):
        del by_key[name]
    by_key.update(change.get("set", {}))
    return list(by_key.values())
