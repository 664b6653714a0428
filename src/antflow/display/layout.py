"""Lines, bars and tables that fit the width they are given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from msgspec import Struct
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

_GAP = 2  # cells between columns
_SPARKS = "▁▂▃▄▅▆▇█"


class Column(Struct, frozen=True):
    """One column of a table.

    Attributes:
        title: its heading.
        keep: the column with the lowest figure leaves first where the width is short.
        justify: `left` or `right`.
        most: cells after which its text is cut.
        least: cells it always has, so that changing figures do not move the others.
        gives: where the width is short, its text is cut down to so many cells before
            columns leave; 0: it is never cut.
    """

    title: str
    keep: int
    justify: Literal["left", "right"] = "right"
    most: int = 60
    least: int = 0
    gives: int = 0


class Frame:
    """A picture made for the size of the screen that shows it.

    Args:
        build: gets the width and the height in cells and gives the lines.
    """

    def __init__(self, build: Callable[[int, int], Iterable[Text]]) -> None:
        self._build = build

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self._build(options.max_width, options.size.height):
            # the lines fit already: without rich's wrapping they take a tenth of the time
            yield from cut(line, options.max_width).render(console, "\n")


def cut(text: Text, cells: int) -> Text:
    """The text in at most so many cells, with an ellipsis where it was longer."""
    if text.cell_len > cells:
        text = text.copy()
        text.truncate(max(0, cells), overflow="ellipsis")
    return text


def joined(pieces: Iterable[Text | str], width: int, by: str = " · ") -> Text:
    """As many of the pieces as fit on one line, the first ones first."""
    line = Text()
    for piece in pieces:
        text = piece if isinstance(piece, Text) else Text(piece)
        if not text:
            continue
        if not line:
            line = cut(text, width).copy()
        elif line.cell_len + len(by) + text.cell_len <= width:
            line = Text.assemble(line, (by, "dim"), text)
    return line


def around(pieces: Sequence[Text], center: int, width: int, by: str) -> Text:
    """All pieces on one line, or as many as fit on both sides of the center one."""
    first = last = center
    used, gap = pieces[center].cell_len, len(by)
    room = width if _length(pieces, gap) <= width else width - 2 * (gap + 1)
    while True:
        wider = [i for i in (last + 1, first - 1) if 0 <= i < len(pieces)]
        fitting = [i for i in wider if used + gap + pieces[i].cell_len <= room]
        if not fitting:
            break
        used += gap + pieces[fitting[0]].cell_len
        first, last = min(first, fitting[0]), max(last, fitting[0])
    shown = list(pieces[first : last + 1])
    more = Text("…", "dim")
    ends = ([more] if first else [], [more] if last < len(pieces) - 1 else [])
    return joined([*ends[0], *(cut(piece, room) for piece in shown), *ends[1]], width, by)


def _length(pieces: Sequence[Text], gap: int) -> int:
    return sum(piece.cell_len + gap for piece in pieces) - gap


def spread(left: Sequence[Text | str], right: Text, width: int) -> Text:
    """Pieces at the left, and `right` at the right end of the line."""
    line = joined(left, width - right.cell_len - _GAP)
    if line.cell_len + _GAP + right.cell_len > width:
        return joined([line, right], width)
    return Text.assemble(line, " " * (width - line.cell_len - right.cell_len), right)


def bar(width: int, parts: Iterable[tuple[float, str]]) -> Text:
    """A bar whose parts are (share, style); what remains is dashed."""
    line, shares = Text(), 0.0
    for share, style in parts:
        shares += share
        cells = min(width, int(shares * width)) - len(line)
        if share > 0 and not cells and len(line) < width:
            cells = 1
        line.append("━" * max(0, cells), style)
    return line.append("╌" * (width - len(line)), "dim")


def spark(figures: Sequence[float]) -> Text:
    """The figures as little columns, scaled to the largest."""
    top = max(figures, default=0.0)
    if top <= 0:
        return Text()
    steps = len(_SPARKS) - 1
    return Text("".join(_SPARKS[round(figure / top * steps)] for figure in figures), "cyan")


def table(
    columns: Sequence[Column], rows: Sequence[Sequence[Text | str]], width: int
) -> list[Text]:
    """The rows under their headings, without the columns that do not fit.

    The first column always stays. A rich Table would take 10 times as long, on the event loop.
    """
    cells = [[cut(_text(cell), columns[i].most) for i, cell in enumerate(row)] for row in rows]
    widths = [
        max([len(column.title), column.least, *(row[i].cell_len for row in cells)])
        for i, column in enumerate(columns)
    ]
    least = [
        min(size, max(len(column.title), column.gives)) if column.gives else size
        for column, size in zip(columns, widths, strict=True)
    ]
    shown = _fitting(columns, least, width)
    spare = width - sum(least[i] + _GAP for i in shown)
    for i in shown:
        grown = min(widths[i], least[i] + max(0, spare))
        spare -= grown - least[i]
        widths[i] = min(grown, width)
    head = _row([Text(column.title, "dim") for column in columns], columns, widths, shown)
    return [head, *(_row(row, columns, widths, shown) for row in cells)]


def _row(
    cells: Sequence[Text], columns: Sequence[Column], widths: Sequence[int], shown: Sequence[int]
) -> Text:
    line = Text()
    for i in shown:
        cell = cut(cells[i], widths[i])
        missing = " " * (widths[i] - cell.cell_len)
        before = missing if columns[i].justify == "right" else ""
        line.append(before).append_text(cell).append(" " * _GAP if before else missing + " " * _GAP)
    line.rstrip()
    return line


def _fitting(columns: Sequence[Column], least: Sequence[int], width: int) -> list[int]:
    shown = list(range(len(columns)))
    while len(shown) > 1 and sum(least[i] + _GAP for i in shown) > width:
        shown.remove(min(shown[1:], key=lambda i: columns[i].keep))
    return shown


def _text(cell: Text | str) -> Text:
    return cell if isinstance(cell, Text) else Text(cell)
