"""Addresses to go on to after a login: of this server only."""

from __future__ import annotations

import re
import urllib.parse
from typing import Final

from antflow.web.security.refusal import RefusalError

# what a browser strips or takes for a slash would lead elsewhere
_PLAIN: Final = re.compile(r"/(?![/\\])[!#-\[\]^_`a-z{|}~]*", re.ASCII)
LONGEST: Final = 2_048


def local_address(text: str) -> str:
    """The text itself, where it is a path of this server; `/` where it is empty.

    Raises:
        RefusalError: 400; it leads elsewhere, or might.
    """
    if not text:
        return "/"
    unquoted = urllib.parse.unquote(text)
    for shown in (text, unquoted, urllib.parse.unquote(unquoted)):
        path = shown.partition("?")[0]
        if len(text) > LONGEST or path.startswith("//") or "\\" in path or not _is_clean(shown):
            raise RefusalError(400, "the address to go on to is not one of this server")
    if not _PLAIN.fullmatch(text) or ".." in unquoted.partition("?")[0].split("/"):
        raise RefusalError(400, "the address to go on to is not one of this server")
    return text


def _is_clean(text: str) -> bool:
    return all(character.isprintable() for character in text) and text.startswith("/")
