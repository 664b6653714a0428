"""Tasks as a table that fits the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from antflow.cli.printable import one_line

TIMES: Final = frozenset({"received", "started", "finished"})
STYLES: Final = {
    "FAILURE": "red",
    "failed": "red",
    "STARTED": "cyan",
    "in_progress": "cyan",
    "RETRY": "yellow",
    "retrying": "yellow",
}
LONGEST: Final = 80
"""Characters shown of one cell."""
GAP: Final = 2
LONG: Final = frozenset({"args", "kwargs", "result", "exception", "traceback"})
SHORT_ID: Final = 8
IDS: Final = frozenset({"id", "root_id", "parent_id"})
PLACES: Final = frozenset({"worker", "client", "queue", "exchange", "routing_key"})
STEPS: Final = ((LONG, 16), (IDS, SHORT_ID), (LONG, 8), (PLACES, 10))
"""What is made narrower, one after the other, and how far, until a row fits."""
LEFT_OUT: Final = ("retries", "worker", "args", "runtime")
"""What is left out, one after the other, before a name is cut."""
NAMES: Final = (frozenset({"name"}), 12)


def print_tasks(tasks: Sequence[Mapping[str, Any]], total: int, columns: Sequence[str]) -> None:
    """Print a row a task, and how many there are; a pipe gets every cell whole.

    Args:
        tasks: their fields by name.
        total: how many match in all.
        columns: the fields to show.
    """
    console = Console()
    rows = [{name: cell(name, task.get(name)) for name in columns} for task in tasks]
    natural = {
        name: max(cell_len(name), *(cell_len(row[name]) for row in rows), 1) for name in columns
    }
    if console.is_terminal:
        widths = fitted(natural, console.width)
    else:
        widths, console.width = natural, sum(natural.values()) + GAP * len(natural)
    table = _table(widths)
    for task, row in zip(tasks, rows, strict=True):
        texts = [_text(name, row[name], width) for name, width in widths.items()]
        table.add_row(*texts, style=STYLES.get(str(task.get("state"))))
    console.print(table)
    missing = [name for name in columns if name not in widths]
    more = f" (no room for {', '.join(missing)})" if missing else ""
    console.print(f"{len(tasks):,} of {total:,} tasks{more}", highlight=False, markup=False)


def _table(widths: Mapping[str, int]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    for name, width in widths.items():
        table.add_column(name[:width], width=width, no_wrap=True, overflow="ellipsis")
    return table


def _text(name: str, text: str, width: int) -> Text:
    # the beginning of an id is as good as all of it, and `…` would cost a character
    return Text(text[:width] if name in IDS else text)


def fitted(natural: Mapping[str, int], width: int) -> dict[str, int]:
    """Widths that make a row fit; arguments and results give way first, names last.

    Args:
        natural: how wide each column would be, by its name, in order.
        width: what there is.
    """
    widths = dict(natural)
    for names, least in STEPS:
        _narrow(widths, names, least, width)
    for name in LEFT_OUT:
        if _excess(widths, width) > 0 and len(widths) > 1:
            widths.pop(name, None)
    _narrow(widths, *NAMES, width)
    return widths


def _narrow(widths: dict[str, int], names: frozenset[str], least: int, width: int) -> None:
    for name in reversed([name for name in widths if name in names]):
        excess = max(0, _excess(widths, width))
        widths[name] = max(min(widths[name], least), widths[name] - excess)


def _excess(widths: Mapping[str, int], width: int) -> int:
    return sum(widths.values()) + GAP * (len(widths) - 1) - width


def cell(name: str, value: Any) -> str:
    """A field as one line that cannot move the terminal's cursor."""
    if value is None:
        return ""
    if name in TIMES:
        return _moment(value)
    if isinstance(value, float):
        return f"{value:.3f}"
    return one_line(value, LONGEST)


def _moment(seconds: float) -> str:
    """The time of day alone, where the day is today."""
    try:
        at = datetime.fromtimestamp(seconds)
    except (ValueError, OverflowError, OSError):
        return f"{seconds:g}"
    today = at.date() == datetime.now().date()
    return at.strftime("%H:%M:%S" if today else "%m-%d\u00a0%H:%M:%S")
