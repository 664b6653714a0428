"""Where frames go: drawn in place on a terminal, or printed as plain lines."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.errors import MarkupError
from rich.live import Live
from rich.segment import Segment
from rich.text import Text

_LINE_EVERY = 2.0  # seconds between plain lines


Picture = Callable[[], RenderableType | None]
"""Gives what to show, or None where there is nothing to show."""


class Screen(Protocol):
    """What a display shows itself on."""

    def show(self, frame: Picture, line: Callable[[], str], now: float) -> None:
        """Show one update; whichever of the two pictures is needed is asked for."""

    def close(self, final: Picture) -> None:
        """Leave the final picture and give the terminal back, whatever `final` raises."""


def open_screen(console: Console | None = None) -> Screen:
    """A screen on the console; by default on stdout.

    It draws in place only on a terminal that obeys control codes, outside CI, and while no
    other display draws: two of them would overwrite each other.
    """
    if console is None:
        console = Console(emoji=False, highlight=False)
        draws = _obeys(console) and console.file.isatty() and not _in_ci()
    else:
        draws = _obeys(console)
    return LiveScreen(console) if draws and LiveScreen.current is None else LineScreen(console)


def _obeys(console: Console) -> bool:
    interactive = console.is_interactive and not console.is_dumb_terminal
    return console.is_terminal and interactive and not console.options.ascii_only


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def as_renderable(frame: RenderableType) -> RenderableType:
    """A str as rich reads it, with markup; as it stands where that is broken."""
    if not isinstance(frame, str):
        return frame
    try:
        return Text.from_markup(frame, emoji=False)
    except MarkupError:
        return Text(frame)


class LiveScreen:
    """Draws in place, below whatever else is printed meanwhile."""

    current: ClassVar[LiveScreen | None] = None

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, vertical_overflow="crop")
        self._logs = _LogHandlers()
        LiveScreen.current = self

    def show(self, frame: Picture, line: Callable[[], str], now: float) -> None:
        """Draw the frame."""
        self._draw(frame())
        if self._live.is_started:
            self._live.refresh()

    def close(self, final: Picture) -> None:
        """Leave the final picture, then stop drawing."""
        try:
            self._draw(final())
        finally:
            LiveScreen.current = None
            self._logs.restore()
            self._live.stop()

    def _draw(self, frame: RenderableType | None) -> None:
        if frame is None:
            return
        if not self._live.is_started:
            self._live.start()
            self._logs.redirect()
        # rich draws anew for each line that is printed above: cheap with ready-made segments
        self._live.update(_Drawn(self._console.render_lines(as_renderable(frame), pad=False)))


class _Drawn:
    """A frame as segments."""

    def __init__(self, lines: list[list[Segment]]) -> None:
        self._lines = lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self._lines:
            yield from line
            yield Segment.line()


class LineScreen:
    """Prints plain lines, no control codes, at most one every two seconds."""

    def __init__(self, console: Console) -> None:
        # width None of a pipe is 80; a log line may be as long as it likes
        self._console = Console(
            file=console.file,
            color_system=None,
            force_terminal=False,
            width=console.width,
            emoji=False,
            highlight=False,
        )
        self._last: float | None = None

    def show(self, frame: Picture, line: Callable[[], str], now: float) -> None:
        """Print the line, unless the last one is too fresh."""
        if self._last is None or not 0 <= now - self._last < _LINE_EVERY:
            self._last = now
            if text := line():
                self._print(text)

    def close(self, final: Picture) -> None:
        """Print the final picture as text."""
        picture = final()
        if picture is None:
            return
        with self._console.capture() as captured:
            self._console.print(as_renderable(picture))
        self._print("\n".join(part.rstrip() for part in captured.get().splitlines()))

    def _print(self, text: str) -> None:
        file = self._console.file
        encoding = getattr(file, "encoding", None) or "utf-8"
        file.write(text.encode(encoding, "replace").decode(encoding) + "\n")
        file.flush()


class _LogHandlers:
    """Sends what log handlers print past the drawing, as rich does with `print`.

    A `StreamHandler` holds the stream that it was made with, which rich does not replace.
    """

    def __init__(self) -> None:
        self._swapped: list[tuple[logging.StreamHandler[Any], Any]] = []

    def redirect(self) -> None:
        for handler in (*logging.root.handlers, *logging.getLogger("antflow").handlers):
            if type(handler) is logging.StreamHandler:
                for proxy in (sys.stdout, sys.stderr):
                    if handler.stream is getattr(proxy, "rich_proxied_file", None):
                        self._swapped.append((handler, handler.stream))
                        handler.setStream(proxy)

    def restore(self) -> None:
        for handler, stream in self._swapped:
            handler.setStream(stream)
        self._swapped.clear()
