"""Texts from elsewhere, such as a terminal may show them."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text without what moves a terminal's cursor."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def one_line(text: object, longest: int) -> str:
    """Anything as one line of so many characters at most, without what moves the cursor."""
    return printable(" ".join(str(text)[: longest * 4].split())[:longest])
