"""The class of an exception of which only the text is known."""

from __future__ import annotations

import re

_CLASS = re.compile(r"\s*<?(?:class ')?([\w.]{1,200})")


def exception_class(text: str | None) -> str:
    """Name of the class in an exception's text: `ValueError` of `ValueError('x')`."""
    found = _CLASS.match(text) if text else None
    return found[1] if found else "Exception"
