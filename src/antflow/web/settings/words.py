"""A line of help for each setting, for the command line: what the docstring of `Settings` says."""

from __future__ import annotations

import dataclasses
import inspect
import re
from typing import Final

from antflow.web.settings.model import Settings

_ENTRY: Final = re.compile(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", re.MULTILINE)


def _sentence(text: str) -> str:
    text = " ".join(text.replace("`", "").split())
    return text[:1].upper() + text[1:]


def _read() -> dict[str, str]:
    # `python -OO` leaves no docstrings: no help then, and all else works
    entries = (inspect.getdoc(Settings) or "").partition("Attributes:\n")[2]
    said = {name: _sentence(text) for name, text in _ENTRY.findall(entries)}
    return {field.name: said.get(field.name, "") for field in dataclasses.fields(Settings)}


HELP: Final = _read()
"""By the setting's name."""
