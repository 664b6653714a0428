"""What one term of a search asks of a task."""

from __future__ import annotations

import re
from operator import attrgetter, eq, ge, gt, le, lt
from typing import TYPE_CHECKING, Any, Final

from antflow.cluster.search.lexer import Token
from antflow.cluster.search.moment import moment
from antflow.cluster.search.nodes import Contains, InState, Node, Some, Test, Tested
from antflow.exceptions import SearchError

if TYPE_CHECKING:
    from antflow.cluster.state.record import TaskRecord

SHORTEST: Final = 3
FEW_VALUES: Final[dict[str, str]] = {
    "name": "name",
    "worker": "worker",
    "queue": "queue",
    "client": "client",
    "exchange": "exchange",
    "routing_key": "routing_key",
}
MANY_VALUES: Final[dict[str, str]] = {
    "args": "args",
    "kwargs": "kwargs",
    "result": "result",
    "exception": "exception",
    "traceback": "traceback",
    "root": "root_id",
    "parent": "parent_id",
    "id": "uuid",
    "uuid": "uuid",
}
IN_TEXT: Final = frozenset({"args", "kwargs", "result", "exception", "id", "uuid"})
"""Qualifiers whose field is part of the text that plain terms look through."""

FIELDS: Final = frozenset({"state", *FEW_VALUES, *MANY_VALUES})
MOMENTS: Final = frozenset(
    "received sent started rejected succeeded failed retried revoked finished timestamp".split()
)
NUMBERS: Final = frozenset({"runtime", "retries"})
COMPARED: Final = MOMENTS | NUMBERS

STATES: Final[dict[str, str]] = {
    "pending": "PENDING",
    "sent": "PENDING",
    "received": "RECEIVED",
    "started": "STARTED",
    "running": "STARTED",
    "success": "SUCCESS",
    "succeeded": "SUCCESS",
    "failure": "FAILURE",
    "failed": "FAILURE",
    "retry": "RETRY",
    "retried": "RETRY",
    "revoked": "REVOKED",
    "rejected": "REJECTED",
}
MARKS: Final[dict[str, Test]] = {
    "orphaned": lambda task: task.orphaned is not None,
    "stuck": lambda task: task.stuck,
}
_COMPARE: Final[dict[str, Any]] = {">": gt, ">=": ge, "<": lt, "<=": le, "=": eq, ":": eq}
_PAIR = re.compile(r"\s*['\"]?([\w.-]+)['\"]?\s*=\s*(.*)", re.DOTALL)


def node(token: Token) -> Node:
    """The test that a term stands for.

    Raises:
        SearchError: its value is too short or cannot be one.
    """
    field, value = token.field, token.value
    if not field:
        return _plain(token)
    if field == "state":
        return _state(token)
    if field in COMPARED:
        return _compared(token)
    if field == "kwargs" and (pair := _PAIR.fullmatch(value)):
        return _keyword(pair[1].lower(), pair[2].strip().lower())
    if field in FEW_VALUES:
        return Tested(_few(FEW_VALUES[field], _inside(value)))
    hint = value if field in IN_TEXT else ""
    return Tested(_many(MANY_VALUES[field], _inside(value)), hint)


def _plain(token: Token) -> Node:
    if len(token.value) < SHORTEST:
        hint = "name the field to look for less, as in args:7"
        raise SearchError(f"a term has {SHORTEST} characters at least; {hint}", token.at)
    return Contains(token.value)


def _state(token: Token) -> Node:
    wanted = token.value.lower()
    if (mark := MARKS.get(wanted)) is not None:
        return Tested(mark)
    state = STATES.get(wanted)
    if state is None:
        known = ", ".join([*STATES, *MARKS])
        raise SearchError(f"unknown state {token.value[:50]!r}; there are {known}", token.at)
    return InState(state)


def _compared(token: Token) -> Node:
    field, compare = token.field, _COMPARE[token.operator]
    try:
        value = float(token.value) if field in NUMBERS else moment(token.value)
    except (ValueError, OverflowError):
        what = "a number" if field in NUMBERS else "a time, such as 2026-01-31 or 1767225600"
        at = token.at + len(field) + len(token.operator)
        raise SearchError(f"{token.value[:50]!r} is not {what}", at) from None
    get = attrgetter(field)

    def test(task: TaskRecord) -> bool:
        known = get(task)
        return known is not None and bool(compare(known, value))

    return Tested(test)


def _inside(value: str) -> re.Pattern[str] | str:
    """What to look for in a field: a substring; below 3 characters a whole word."""
    value = value.lower()
    if len(value) >= SHORTEST:
        return value
    return re.compile(rf"(?<!\w){re.escape(value)}(?!\w)")


def _has(text: str, wanted: re.Pattern[str] | str) -> bool:
    text = text.lower()
    return wanted in text if isinstance(wanted, str) else wanted.search(text) is not None


def _many(attribute: str, wanted: re.Pattern[str] | str) -> Test:
    get = attrgetter(attribute)

    def test(task: TaskRecord) -> bool:
        text = get(task)
        return text is not None and _has(text, wanted)

    return test


def _few(attribute: str, wanted: re.Pattern[str] | str) -> Test:
    """As `_many`, where the same few texts come again and again: each is looked at once."""
    get = attrgetter(attribute)
    known: dict[str | None, bool] = {None: False}

    def test(task: TaskRecord) -> bool:
        text = get(task)
        found = known.get(text)
        if found is None:
            found = known[text] = _has(text, wanted)
        return found

    return test


def _keyword(key: str, value: str) -> Node:
    """A keyword argument with just this value, in the text that Python gives a dict."""
    bare = value if value[:1] not in ("'", '"') else value[1:-1]
    quote = '"' if "'" in bare else "'"
    ways = {value, f"{quote}{bare}{quote}"}
    return Some([_pair(f"'{key}': {way}") for way in sorted(ways)])


def _pair(text: str) -> Node:
    """A key and its value, and nothing more of that value."""
    pattern = re.compile(rf"{re.escape(text)}(?=[,}}\]]|\.\.\.|$)")
    return Tested(_many("kwargs", pattern), text)
