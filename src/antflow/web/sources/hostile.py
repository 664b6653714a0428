"""Texts that break careless pages: markup, scripts, formulas, other directions, no end."""

from __future__ import annotations

from random import Random

TEXTS = (
    "<script>window.hacked = 1</script>",
    "<img src=x onerror=window.hacked=1>",
    '"><svg/onload=window.hacked=1>',
    "javascript:window.hacked=1//",
    "</textarea></title></style></script><b>bold",
    "{{constructor.constructor('window.hacked=1')()}}",
    "${window.hacked=1}",
    '=HYPERLINK("http://example.invalid","click")',
    "+1+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\u202egnp.exe\u202c",
    "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466\U0001f3f3\ufe0f\u200d\U0001f308",
    "Z\u0351\u036b\u0343\u0321\u034e\u0320a\u0349\u0327l\u0318g\u0325o",
    "NUL\x00in\x00between \x1b[31mred\x07",
    "line\r\nbreak\ttab\u2028separator\u2029paragraph",
    "/../..//%2e%2e/a?b=c&d#e;f",
    "'; DROP TABLE tasks; --",
    "&lt;not&nbsp;escaped&gt;",
    "very long " * 400,
    "W" * 3_000,
    " ",
    "null",
    "\ufeff\u200b",
)
"""None of them is harmful where text is shown as text."""


class Words:
    """Gives names and texts: plain ones, or hostile ones.

    Args:
        rng: decides which.
        hostile: whether to give hostile ones.
    """

    def __init__(self, rng: Random, *, hostile: bool) -> None:
        self._rng = rng
        self.hostile = hostile

    def text(self, plain: str) -> str:
        """`plain`, or one of `TEXTS`."""
        return self._rng.choice(TEXTS) if self.hostile else plain

    def name(self, plain: str, number: int) -> str:
        """`plain`, or one of `TEXTS` that no other number has; for what is known by its name."""
        return f"{TEXTS[number % len(TEXTS)]} {plain}" if self.hostile else plain
