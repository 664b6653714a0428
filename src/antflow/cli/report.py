"""Puts a report on the terminal, or on a pipe as plain lines."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from antflow.demo.report import Section


def print_lines(lines: Iterable[str]) -> None:
    """Print a blank line, then these; a terminal cuts what is too long, a pipe gets it whole."""
    _print(Text(), *map(Text, lines))


def print_sections(sections: Iterable[Section]) -> None:
    """Print a blank line, a heading in bold and the indented lines of each section."""
    for section in sections:
        title = Text(section.title, style="bold")
        _print(Text(), title, *(Text(f"  {line}".rstrip()) for line in section.lines))


def _print(*lines: Text) -> None:
    console = Console()
    for line in lines:
        if console.is_terminal:
            console.print(line, no_wrap=True, overflow="ellipsis")
        else:
            console.print(line, soft_wrap=True)
