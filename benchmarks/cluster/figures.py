"""A figure of both servers, as tables."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.report import machine


@dataclass
class Figure:
    """One row.

    Attributes:
        key: what `--only` selects it by.
        title: what was measured.
        unit: of all figures.
        bar: what we promise.
        stretch: what we would like.
        at_least: the promise is a minimum.
        found: figure by server.
        samples: everything measured, by server.
        note: how it came about.
    """

    key: str
    title: str
    unit: str
    bar: float | None = None
    stretch: float | None = None
    at_least: bool = False
    found: dict[str, float | None] = field(default_factory=dict)
    samples: dict[str, list[float]] = field(default_factory=dict)
    note: str = ""

    @property
    def kept(self) -> bool | None:
        """Whether ours keeps the promise."""
        ours = self.found.get("antflow")
        if ours is None or self.bar is None:
            return None
        return ours >= self.bar if self.at_least else ours <= self.bar


HEAD = ["", "antflow", "promised", "kept", "Flower 2.2", ""]


def markdown(figures: list[Figure], quick: bool) -> str:
    """The report."""
    about = machine()
    lines = [HEAD, ["---", "--:", "--:", "---", "--:", "---"], *map(_cells, figures)]
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    how = " with `--quick`: too little work for the figures to mean much" if quick else ""
    return (
        f"# The server beside Flower\n\nMade by `make bench-cluster`{how}, on one Redis.\n\n"
        f"{about['date']}, {about['python']}, {about['system']}, {about['cpus']} × {about['cpu']}."
        f"\n\n{table}\n"
    )


def _cells(figure: Figure) -> list[str]:
    sign = "≥" if figure.at_least else "≤"
    bar = "" if figure.bar is None else f"{sign} {_number(figure.bar)}"
    if figure.stretch is not None:
        bar += f" ({_number(figure.stretch)})"
    return [
        f"{figure.title}, {figure.unit}",
        _found(figure, "antflow"),
        bar,
        {True: "yes", False: "NO", None: ""}[figure.kept],
        _found(figure, "Flower 2.2"),
        figure.note,
    ]


def _found(figure: Figure, server: str) -> str:
    value = figure.found.get(server)
    return "" if value is None else _number(value)


def _number(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def write(folder: Path, figures: list[Figure], quick: bool) -> None:
    """Write `cluster.md` and `cluster.json` into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cluster.md").write_text(markdown(figures, quick), encoding="utf-8")
    data: dict[str, Any] = {"quick": quick, "machine": machine()}
    data["figures"] = [asdict(figure) | {"kept": figure.kept} for figure in figures]
    text = json.dumps(data, indent=1, ensure_ascii=False)
    (folder / "cluster.json").write_text(text + "\n", encoding="utf-8")
