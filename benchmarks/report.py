"""Rows of figures, as a table on the terminal, as Markdown and as JSON."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes:
        key: what `--only` selects it by.
        title: what was measured.
        value: the figure, in `unit`.
        unit: `×` (of the plain loop), `%`, `ms`, `bytes an item`, …; of a row without a
            figure, the word that says why.
        limit: what the project promises, or None.
        at_least: the promise is a minimum.
        note: how it came about.
        samples: everything measured, in seconds unless the note says otherwise.
    """

    key: str
    title: str
    value: float | None
    unit: str
    limit: float | None = None
    at_least: bool = False
    note: str = ""
    samples: dict[str, list[float]] = field(default_factory=dict)

    @property
    def kept(self) -> bool | None:
        """Whether the promise is kept; None where there is none."""
        if self.limit is None or self.value is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def machine() -> dict[str, Any]:
    """What the figures depend on: nothing that names the machine or its folders."""
    return {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu_model(),
        "cpus": os.cpu_count(),
    }


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown"
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or "unknown"


def table(rows: list[Row]) -> str:
    """A Markdown table whose columns line up, so that it reads well on a terminal too."""
    lines = [["", "figure", "promised", "kept", ""]]
    lines += [_cells(row) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    rule = [width * "-" for width in widths]
    right = {1, 2}
    return "\n".join(
        "| "
        + " | ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        + " |"
        for line in [lines[0], rule, *lines[1:]]
    )


def _cells(row: Row) -> list[str]:
    figure = row.unit if row.value is None else f"{_number(row.value)} {row.unit}"
    promised = "" if row.limit is None else f"{'≥' if row.at_least else '≤'} {_number(row.limit)}"
    return [row.title, figure, promised, {True: "yes", False: "NO", None: ""}[row.kept], row.note]


def _number(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def markdown(sections: dict[str, list[Row]], quick: bool) -> str:
    """The whole report."""
    about = machine()
    parts = [
        "# Benchmarks",
        "Made by `make bench`"
        + (" with `--quick`: too little work for the figures to mean much." if quick else ".")
        + " CPU time in multiples (×) of a plain loop of `asyncio.Queue` workers"
        " measured in the same process, in turn.",
        f"{about['date']}, {about['python']}, {about['system']}, {about['cpus']} × {about['cpu']}.",
    ]
    for title, rows in sections.items():
        parts += [f"## {title}", table(rows)]
    return "\n\n".join(parts) + "\n"


def write(folder: Path, sections: dict[str, list[Row]], quick: bool) -> None:
    """Write `latest.md` and `latest.json` into the folder, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "latest.md").write_text(markdown(sections, quick), encoding="utf-8")
    data = {
        "quick": quick,
        "machine": machine(),
        "sections": {
            title: [asdict(row) | {"kept": row.kept} for row in rows]
            for title, rows in sections.items()
        },
    }
    text = json.dumps(data, indent=1, ensure_ascii=False)
    (folder / "latest.json").write_text(text + "\n", encoding="utf-8")
