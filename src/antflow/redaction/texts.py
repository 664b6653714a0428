"""Finds secrets in texts that nobody can parse: reprs, JSON cut in half, tracebacks, headers.

Each function reads its text once, from left to right: whatever is looked for ahead is bounded or
jumped over, so that a hostile text costs no more than a friendly one of its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

MARK: Final = "********"
"""What stands where a secret was."""

LONGEST_WORD: Final = 64

_KEY_END: Final = re.compile(r"[\w\-.]{0,64}")
_SEPARATOR: Final = re.compile(
    r"""(?:\\*["'])?(?:\s{0,20}(?::(?!/)|=>?|,(?=\s{0,4}\\*[bur]?["']))|>)"""
)
_SPACE: Final = re.compile(r"[ \t]{0,200}")
_OPTION_SEPARATOR: Final = re.compile(r"""[\s"',\\=:]{1,12}""")
_QUOTE: Final = re.compile(r"""[bBuUrRfF]{0,2}(\\*)(["'])""")
_PLAIN: Final = re.compile(r"""[^\s,;&)}\]>"'<]*""")
_SCHEME: Final = re.compile(
    r"(?:bearer|basic|token|digest|negotiate|apikey|aws4-hmac-sha256)[ \t]+", re.I
)
_LINE: Final = re.compile(r"""[^\r\n"']*""")
_NOTHING: Final = frozenset({"", "None", "none", "null", "True", "False", "true", "false"})
_CLOSES: Final = {"{": "}", "[": "]", "(": ")"}
_BRACKETS: Final = re.compile(r"[\[\](){}]")

_SHAPES: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Za-z])"
    r"|gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w\-]{16,64}"
    r"|xox[abeprs]-[\w\-]{8,255}|[sr]k_live_\w{8,128}|AIza[\w\-]{30,64}|npm_[A-Za-z0-9]{30,64}"
    r")|(?<![\w\-])eyJ[\w\-]{5,8000}\.[\w\-]{2,8000}(?:\.[\w\-]{0,8000}){0,3}"
)
_AUTHORIZATION: Final = re.compile(
    r"\b(?:(Bearer[ \t]{1,4})[\w\-.~+/=]{6,8000}|(Basic[ \t]{1,4})[A-Za-z0-9+/]{6,8000}={0,2})",
    re.I,
)
_PRIVATE_KEY: Final = re.compile(r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY-----")


def hide_pairs(s: str, keys: re.Pattern[str]) -> str:
    """Hide the values behind keys of these names: `key=v`, `"key": v`, `('key', 'v')`, `key: v`."""
    pieces: list[str] = []
    done = 0
    for begin, end in _values(s, keys):
        pieces += s[done:begin], MARK
        done = end
    return "".join((*pieces, s[done:])) if pieces else s


def _values(s: str, keys: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    position = 0
    while found := keys.search(s, position):
        # a pattern may match nothing at all
        position = max(found.end(), position + 1)
        key_end = _past(_KEY_END, s, found.end())
        begin = _value_start(s, found.start(), key_end)
        if begin is None:
            position = max(position, key_end)
            continue
        begin, end = _value_span(s, begin, found.group())
        if s[begin:end].strip() in _NOTHING or s.startswith(MARK, begin):
            position = max(position, begin)
            continue
        yield begin, end
        position = max(position, end)


def _value_start(s: str, key_start: int, key_end: int) -> int | None:
    if separator := _SEPARATOR.match(s, key_end):
        if separator.group().endswith(",") and not _is_item(s, key_start):
            return None
        return _past(_SPACE, s, separator.end())
    if _is_option(s, key_start) and (gap := _OPTION_SEPARATOR.match(s, key_end)):
        return gap.end()
    return None


def _past(pattern: re.Pattern[str], s: str, begin: int) -> int:
    """Where a pattern that also matches nothing at all ends."""
    found = pattern.match(s, begin)
    return found.end() if found else begin


def _word_start(s: str, position: int) -> int:
    first = max(0, position - LONGEST_WORD)
    while position > first and (s[position - 1].isalnum() or s[position - 1] in "_-."):
        position -= 1
    return position


def _is_item(s: str, position: int) -> bool:
    """Whether the word begins a pair: `('password', …` or `["password", …`."""
    before = s[max(0, _word_start(s, position) - 8) : _word_start(s, position)]
    return re.search(r"""[(\[][bu]?\\*["']$""", before) is not None


def _is_option(s: str, position: int) -> bool:
    return s.startswith("--", _word_start(s, position))


def _value_span(s: str, begin: int, key: str) -> tuple[int, int]:
    if quote := _QUOTE.match(s, begin):
        return quote.end(), _quote_end(s, quote.end(), quote[2], len(quote[1]))
    if begin < len(s) and s[begin] in _CLOSES:
        return begin, _bracket_end(s, begin)
    if "cookie" in key.lower() or "authori" in key.lower():
        return begin, _past(_LINE, s, begin)
    if scheme := _SCHEME.match(s, begin):
        begin = scheme.end()
    return begin, _past(_PLAIN, s, begin)


def _quote_end(s: str, begin: int, quote: str, escapes: int) -> int:
    """Where a quoted value ends; `escapes` backslashes stand before the quote that opens it."""
    position = begin
    while (position := s.find(quote, position)) >= 0:
        backslashes = 0
        while position - backslashes > begin and s[position - backslashes - 1] == "\\":
            backslashes += 1
        closes = backslashes % 2 == 0 if escapes == 0 else backslashes <= escapes
        if closes:
            return position - backslashes if escapes else position
        position += 1
    return len(s)


def _bracket_end(s: str, begin: int) -> int:
    depth = 0
    for bracket in _BRACKETS.finditer(s, begin):
        depth += 1 if bracket.group() in _CLOSES else -1
        if depth == 0:
            return bracket.end()
    return len(s)


def hide_url_passwords(s: str) -> str:
    """Hide the password in every `scheme://user:password@host` of a text."""
    pieces: list[str] = []
    done = 0
    found = s.find("://")
    while found >= 0:
        begin = found + 3
        found = s.find("://", begin)
        if span := _password_span(s, begin, found if found >= 0 else len(s)):
            pieces += s[done : span[0]], MARK
            done = span[1]
    return "".join((*pieces, s[done:])) if pieces else s


_ADDRESS: Final = re.compile(r"""[^\s"'<>\\]{0,2048}""")
_HOST_END: Final = re.compile(r"[/?#;,]")


def _password_span(s: str, begin: int, end: int) -> tuple[int, int] | None:
    address = s[begin : min(end, _past(_ADDRESS, s, begin))]
    host_end = _HOST_END.search(address)
    authority = address[: host_end.start()] if host_end else address
    at = authority.rfind("@")
    if at < 0 and _is_cut_by_the_password(authority):
        # a password may hold a slash, which ends the authority too early
        at = address.rfind("@")
    if at < 0:
        return None
    user, colon, password = address[:at].partition(":")
    if colon:
        return (begin + len(user) + 1, begin + at) if password not in ("", MARK) else None
    return (begin, begin + at) if len(user) >= 20 else None  # no name is so long: a token is


def _is_cut_by_the_password(authority: str) -> bool:
    _, colon, port = authority.partition(":")
    return bool(colon) and not port.isdecimal() and not authority.startswith("[")


def hide_shapes(s: str) -> str:
    """Hide what is known by its looks: cloud keys, JSON web tokens, private keys, credentials."""
    s = _SHAPES.sub(MARK, s)
    s = _AUTHORIZATION.sub(lambda found: (found[1] or found[2]) + MARK, s)
    return _hide_private_keys(s) if "PRIVATE KEY-----" in s else s


def _hide_private_keys(s: str) -> str:
    pieces: list[str] = []
    done = 0
    while begin := _PRIVATE_KEY.search(s, done):
        pieces += s[done : begin.end()], MARK
        done = s.find("-----END", begin.end())
        if done < 0:
            return "".join(pieces)
    return "".join((*pieces, s[done:]))
