"""A search cut into words, phrases, qualifiers and brackets, each with its place."""

from __future__ import annotations

import re
from typing import Final, Literal

from msgspec import Struct

from antflow.exceptions import SearchError

LENGTH_AT_MOST: Final = 2_048
Kind = Literal["term", "and", "or", "not", "open", "close", "end"]
Operator = Literal["", ":", "=", ">", ">=", "<", "<="]

_QUALIFIED = re.compile(r"([A-Za-z_]+)(:|>=|<=|>|<|=)")
_WORD = re.compile(r'[^\s()"]+')
_WORDS: Final[dict[str, Kind]] = {"AND": "and", "OR": "or", "NOT": "not"}
_SIGNS: Final[dict[str, Kind]] = {"(": "open", ")": "close"}


class Token(Struct, frozen=True):
    """One piece of a search.

    Attributes:
        kind: what it is.
        at: index of its first character.
        field: of a term, what stands before its operator; empty: none.
        operator: of a term, what stands between field and value; empty: none.
        value: of a term, what is looked for.
    """

    kind: Kind
    at: int
    field: str = ""
    operator: Operator = ""
    value: str = ""


class Qualifiers(Struct, frozen=True):
    """The names that may stand before an operator.

    Attributes:
        within: before `:`.
        exact: before `=`.
        compared: before `:`, `=`, `>`, `<`, `>=` and `<=`.
    """

    within: frozenset[str]
    exact: frozenset[str]
    compared: frozenset[str]

    def take(self, field: str, operator: str) -> bool:
        """Whether the field may stand before the operator."""
        more = {":": self.within, "=": self.exact}.get(operator, frozenset())
        return field in more or field in self.compared


def tokens(text: str, qualifiers: Qualifiers) -> list[Token]:
    """Cut a search.

    Args:
        text: the search.
        qualifiers: what may stand before an operator.

    Raises:
        SearchError: it is too long, a quote is not closed, a qualifier is unknown.
    """
    if len(text) > LENGTH_AT_MOST:
        raise SearchError(f"a search has {LENGTH_AT_MOST} characters at most", LENGTH_AT_MOST)
    found: list[Token] = []
    at = 0
    while at < len(text):
        sign = text[at]
        if sign.isspace():
            at += 1
        elif sign in _SIGNS:
            found.append(Token(_SIGNS[sign], at))
            at += 1
        elif sign == "-" and at + 1 < len(text) and not text[at + 1].isspace():
            found.append(Token("not", at))
            at += 1
        else:
            token, at = _term(text, at, qualifiers)
            found.append(token)
    return [*found, Token("end", len(text))]


def _term(text: str, at: int, qualifiers: Qualifiers) -> tuple[Token, int]:
    """The term that begins here, and where it ends."""
    field, operator, start = _qualifier(text, at, qualifiers)
    value, end, quoted = _value(text, start)
    if not field and not quoted and value in _WORDS:
        return Token(_WORDS[value], at), end
    if field and not value:
        raise SearchError(f"nothing follows {field}{operator}", start)
    return Token("term", at, field, operator, value), end


def _qualifier(text: str, at: int, qualifiers: Qualifiers) -> tuple[str, Operator, int]:
    match = _QUALIFIED.match(text, at)
    if match is None:
        return "", "", at
    field, operator = match[1].lower(), match[2]
    if not qualifiers.take(field, operator):
        if operator != ":":
            return "", "", at  # such as user=7, which is a text like any other
        known = ", ".join(sorted(qualifiers.within | qualifiers.compared))
        hint = f"put it in quotes to look for the text; there are {known}"
        raise SearchError(f"unknown qualifier {match[1][:50]!r}: {hint}", at)
    return field, operator, match.end()  # type: ignore[return-value]


def _value(text: str, at: int) -> tuple[str, int, bool]:
    """A word or a phrase; a phrase may also end a word, as in `key="a b"`."""
    word = _WORD.match(text, at)
    before = word[0] if word is not None else ""
    at += len(before)
    if at >= len(text) or text[at] != '"' or (before and not before.endswith(("=", ":"))):
        return before, at, False
    phrase, end = _phrase(text, at)
    return before + phrase, end, True


def _phrase(text: str, at: int) -> tuple[str, int]:
    """What stands between quotes; a backslash takes the meaning off a quote or a backslash."""
    found: list[str] = []
    index = at + 1
    while index < len(text):
        sign = text[index]
        if sign == '"':
            return "".join(found), index + 1
        if sign == "\\" and text[index + 1 : index + 2] in ('"', "\\"):
            index += 1
            sign = text[index]
        found.append(sign)
        index += 1
    raise SearchError("this quote is not closed", at)
