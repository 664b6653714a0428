"""What the demo found out about the library, read back from its SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec import Struct


class LargeFunction(Struct, frozen=True):
    """A function that stands out; `module` is the path, `lines` and `complexity` as measured."""

    module: str
    name: str
    line: int
    lines: int
    complexity: int


class Totals(Struct, frozen=True):
    """How much there is; `size` in bytes."""

    modules: int
    lines: int
    size: int
    classes: int
    functions: int


class Findings(Struct, frozen=True):
    """What the file holds.

    Attributes:
        totals: over all modules.
        largest: the functions with the most lines, largest first.
        complex: the functions with the most decisions, most first.
        imported: (module, how many modules import it), most first.
    """

    totals: Totals
    largest: list[LargeFunction]
    complex: list[LargeFunction]
    imported: list[tuple[str, int]]


_TOTALS = """
SELECT count(*), total(lines), total(size), total(classes), total(functions) FROM modules
"""
_IMPORTED = """
SELECT name, count(*) AS times FROM imports GROUP BY name ORDER BY times DESC, name LIMIT ?
"""


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        yield connection


def _functions(database: sqlite3.Connection, by: str, top: int) -> list[LargeFunction]:
    rows = database.execute(
        "SELECT module, name, line, lines, complexity FROM functions"
        f" ORDER BY {by} DESC, module, line LIMIT ?",
        (top,),
    )
    return [LargeFunction(*row) for row in rows]


def read_findings(path: Path, top: int = 5) -> Findings:
    """Read the file that a `Store` wrote; `top` is the length of each list.

    Raises:
        sqlite3.Error: no such file, or not one of the demo's.
    """
    with _reading(path) as database:
        return Findings(
            totals=Totals(*map(int, database.execute(_TOTALS).fetchone())),
            largest=_functions(database, "lines", top),
            complex=_functions(database, "complexity", top),
            imported=list(database.execute(_IMPORTED, (top,))),
        )
