"""What one term of a search asks of a task."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from operator import eq, ge, gt, le, lt
from typing import Any, Final

from antflow.cluster.exception_class import exception_class
from antflow.cluster.search.lexer import Qualifiers, Token
from antflow.cluster.search.moment import moment
from antflow.cluster.search.nodes import Contains, InState, Marked, Node, Passes, Repeats, Test
from antflow.exceptions import SearchError

SHORTEST: Final = 3
FEW_VALUES: Final = frozenset({"name", "worker", "queue", "client", "exchange", "routing_key"})
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
IN_TEXT: Final = frozenset({"args", "kwargs", "result", "exception", "uuid"})
"""Attributes that are part of the text that plain terms look through."""

MOMENTS: Final = frozenset(
    "received sent started rejected succeeded failed retried revoked finished timestamp".split()
)
NUMBERS: Final = frozenset({"runtime", "retries"})
QUALIFIERS: Final = Qualifiers(
    within=frozenset({"state", *FEW_VALUES, *MANY_VALUES}),
    exact=FEW_VALUES | {"exception"},
    compared=MOMENTS | NUMBERS,
)

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
    # what the same states of a pipeline's items are called
    "queued": "RECEIVED",
    "in_progress": "STARTED",
    "completed": "SUCCESS",
    "skipped": "SUCCESS",
    "retrying": "RETRY",
    "dropped": "REJECTED",
    "cancelled": "REVOKED",
}
MARKS: Final[dict[str, Test]] = {
    "orphaned": lambda task: task.orphaned is not None,
    "stuck": lambda task: task.stuck,
}
_SWAPPED: Final[dict[str, Any]] = {">": lt, ">=": le, "<": gt, "<=": ge, "=": eq, ":": eq}
"""What a comparison asks of its value and the field, in this order."""
_PAIR = re.compile(r"\s*['\"]?([\w.-]+)['\"]?\s*=\s*(.*)", re.DOTALL)


def node(token: Token) -> Node:
    """The test that a term stands for.

    Raises:
        SearchError: its value is too short or cannot be one.
    """
    if not token.field:
        return _plain(token)
    if token.field == "state":
        return _state(token)
    if token.field in QUALIFIERS.compared:
        return _compared(token)
    return (_exactly if token.operator == "=" else _inexactly)(token.field, token.value)


def _inexactly(field: str, value: str) -> Node:
    """The field holds the value; of a keyword argument, is it."""
    if field in FEW_VALUES:
        return _few(field, value)
    if field == "kwargs" and (pair := _PAIR.fullmatch(value)):
        return _keyword(pair[1].lower(), pair[2].strip().lower())
    return _within(MANY_VALUES[field], value)


def _plain(token: Token) -> Node:
    if len(token.value) < SHORTEST:
        hint = "name the field to look for less, as in args:7"
        raise SearchError(f"a term has {SHORTEST} characters at least; {hint}", token.at)
    return Contains(token.value)


def _state(token: Token) -> Node:
    wanted = token.value.lower()
    if (mark := MARKS.get(wanted)) is not None:
        return Marked(mark)
    state = STATES.get(wanted)
    if state is None:
        known = ", ".join([*STATES, *MARKS])
        raise SearchError(f"unknown state {token.value[:50]!r}; there are {known}", token.at)
    return InState(state)


def _compared(token: Token) -> Node:
    field = token.field
    try:
        value = float(token.value) if field in NUMBERS else moment(token.value)
    except (ValueError, OverflowError):
        what = "a number" if field in NUMBERS else "a time, such as 2026-01-31 or 1767225600"
        at = token.at + len(field) + len(token.operator)
        raise SearchError(f"{token.value[:50]!r} is not {what}", at) from None
    return Passes(field, partial(_SWAPPED[token.operator], value))


def _within(attribute: str, value: str) -> Node:
    """A substring of a field; below 3 characters a whole word."""
    value = value.lower()
    if len(value) < SHORTEST:
        return Passes(attribute, _word(value))
    return Passes(attribute, lambda text: value in text.lower(), (value,) * (attribute in IN_TEXT))


def _exactly(attribute: str, value: str) -> Node:
    """Just this value; of an exception, its class."""
    if attribute == "exception":
        return Marked(lambda task: exception_class(task.exception) == value)
    return Repeats(attribute, partial(eq, value))


def _few(attribute: str, value: str) -> Node:
    """As `_within`, of a field in which the same few texts come again and again."""
    value = value.lower()
    if len(value) < SHORTEST:
        return Repeats(attribute, _word(value))
    return Repeats(attribute, lambda text: value in text.lower())


def _word(value: str) -> Callable[[str], bool]:
    word = re.escape(value)  # first of all, which lets the pattern skip to where it stands
    search = re.compile(rf"{word}(?<!\w{word})(?!\w)").search
    if value.upper() == value:
        return lambda text: value in text and search(text) is not None
    return lambda text: value in (low := text.lower()) and search(low) is not None


def _keyword(key: str, value: str) -> Node:
    """A keyword argument with just this value, in the text that Python gives a dict.

    The key and its value, and nothing more of that value.
    """
    bare = value if value[:1] not in ("'", '"') else value[1:-1]
    quote = '"' if "'" in bare else "'"
    ways = sorted({f"'{key}': {value}", f"'{key}': {quote}{bare}{quote}"})
    either = "|".join(map(re.escape, ways))
    search = re.compile(rf"(?:{either})(?=[,}}\]]|\.\.\.|$)").search
    return Passes("kwargs", lambda text: search(text.lower()) is not None, ways)
