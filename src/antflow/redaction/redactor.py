"""`Redactor`: hides secrets in texts, values and records."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final, TypeVar

import msgspec

from antflow.redaction.texts import MARK, hide_pairs, hide_shapes, hide_url_passwords

DEFAULT: Final = (
    r"passw(?:or)?d",
    r"passphrase",
    r"(?<![a-z])(?:pwd|pass)(?![a-z])",
    r"secret",
    r"token(?!i[sz])",
    r"(?:api|access|account|encryption|private|shared|signing|ssh)[-_. ]?(?:access[-_]?)?key",
    r"authori[sz]ation",
    r"(?<![a-z])auth(?![a-z])",
    r"cookie",
    r"credential",
    r"(?<![a-z])dsn(?![a-z])",
    r"conn(?:ection)?[-_ ]?str(?:ing)?",
    r"session[-_]?id",
)
"""Names of keys whose values are secret: regular expressions, searched in any case."""

HINTS: Final = (
    *("pass", "pwd", "secret", "token", "key", "auth", "cookie", "credential", "dsn", "conn"),
    *("session", "://", "akia", "asia", "eyj", "bearer", "basic ", "ghp_", "gho_", "ghs_", "ghu_"),
    *("github_pat_", "glpat-", "xox", "_live_", "aiza", "npm_"),
)
"""A text without any of these has nothing to hide under `DEFAULT`: the quick way out."""

DEEPEST: Final = 40
REMEMBERED: Final = 2_000
TASK_TEXTS: Final = ("args", "kwargs", "result", "exception", "traceback")

Hook = Callable[[str, Any], Any]
T = TypeVar("T", bound=msgspec.Struct)


class Redactor:
    """Hides secrets in texts, values and records; safe to use from several threads.

    Args:
        patterns: names of keys whose values are secret, as regular expressions; searched
            anywhere in the key, in any case.
        hook: called with (key, value) for every value of a mapping and with ("", text) for every
            other text, after the patterns; what it returns is shown instead.

    Raises:
        ValueError: a pattern is no regular expression.
    """

    def __init__(self, patterns: Sequence[str] = DEFAULT, hook: Hook | None = None) -> None:
        try:
            self._keys = re.compile("|".join(f"(?:{p})" for p in patterns) or "(?!)", re.IGNORECASE)
        except re.error as error:
            raise ValueError(f"a pattern for secrets cannot be read: {error}") from None
        self._hook = hook
        self._known: dict[str, bool] = {}
        # somebody's own pattern may match a word that no hint foresees
        self._always = not set(patterns) <= set(DEFAULT)

    def __repr__(self) -> str:
        return f"<Redactor hook={self._hook is not None}>"

    def is_secret(self, key: str) -> bool:
        """Whether the value of a key of this name is hidden."""
        # The same few keys come again and again, in every event of a flood.
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            known = self._keys.search(_snake(key[:256])) is not None
            self._known[key[:256]] = known
        return known

    def text(self, s: str) -> str:
        """The text with the values of secret keys, passwords in URLs and known tokens hidden."""
        if self._always or may_hold_a_secret(s):
            s = hide_shapes(hide_url_passwords(hide_pairs(s, self._keys)))
        return s if self._hook is None else str(self._hook("", s))

    def url(self, s: str) -> str:
        """An address, or several, without passwords."""
        return hide_pairs(hide_url_passwords(s), self._keys)

    def value(self, v: Any) -> Any:
        """A copy with secrets hidden at any depth of mappings, sequences and records.

        What is deeper than 40 levels is cut off.
        """
        return self._value(v, 0)

    def task(self, view: T) -> T:
        """A task's row, with secrets hidden in its texts; the same object where there are none."""
        changes = {}
        for field in TASK_TEXTS:
            text = getattr(view, field)
            if text and (shown := self.text(text)) != text:
                changes[field] = shown
        return msgspec.structs.replace(view, **changes) if changes else view

    def _value(self, v: Any, depth: int) -> Any:  # noqa: PLR0911 — one line a kind of value
        if isinstance(v, str):
            return self.text(v)
        if v is None or isinstance(v, bool | int | float):
            return v
        if depth >= DEEPEST:
            return "…"
        if isinstance(v, Mapping):
            return self._mapping(v, depth)
        if isinstance(v, msgspec.Struct):
            return self._struct(v, depth)
        if isinstance(v, list | tuple | AbstractSet):
            return self._sequence(v, depth)
        if isinstance(v, bytes | bytearray):
            shown = self.text(text := bytes(v).decode("utf-8", "replace"))
            return v if shown == text else shown.encode()
        return self.text(repr(v))

    def _mapping(self, v: Mapping[Any, Any], depth: int) -> dict[Any, Any]:
        shown = {}
        for key, value in v.items():
            name = self.text(key) if isinstance(key, str) else key
            shown[name] = self._keyed(str(key), value, depth)
        return shown

    def _keyed(self, key: str, value: Any, depth: int) -> Any:
        if self.is_secret(key) and value not in (None, "", True, False):
            hidden: Any = MARK
        else:
            hidden = self._value(value, depth + 1)
        return hidden if self._hook is None else self._hook(key, hidden)

    def _struct(self, v: msgspec.Struct, depth: int) -> msgspec.Struct:
        changes = {}
        for name in v.__struct_fields__:
            value = getattr(v, name)
            if (shown := self._value(value, depth + 1)) != value:
                changes[name] = shown
        return msgspec.structs.replace(v, **changes) if changes else v

    def _is_secret_pair(self, v: Any) -> bool:
        # an item of a mapping, or a header
        if len(v) != 2 or not isinstance(v, list | tuple):
            return False
        return isinstance(v[0], str) and isinstance(v[1], str | bytes) and self.is_secret(v[0])

    def _sequence(self, v: Any, depth: int) -> Any:
        if self._is_secret_pair(v):
            return [v[0], MARK] if isinstance(v, list) else (v[0], MARK)
        items = [self._value(item, depth + 1) for item in v]
        if isinstance(v, list):
            return items
        return tuple(items) if isinstance(v, tuple) else _as_set(items)


def _as_set(items: list[Any]) -> Any:
    try:
        return set(items)
    except TypeError:
        return items


def may_hold_a_secret(s: str) -> bool:
    """Whether any word is in it that `DEFAULT` or a known shape needs: a quick check."""
    low = s.lower()
    return any(hint in low for hint in HINTS)


def _snake(key: str) -> str:
    # so that authToken reads auth_Token: a word's end is seen where a capital begins the next
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key)
