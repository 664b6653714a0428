"""The README quotes the figures of clusters that both servers have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.cluster.readme import END, START, quote

MACHINE = {"date": "2026-01-31", "python": "CPython 3.11", "cpus": 2, "cpu": "a CPU"}


def _figure(title: str, **found: Any) -> dict[str, Any]:
    return {"title": title, "unit": "ms", "found": found}


def _quoted(folder: Path, readme: str) -> str:
    figures = [
        _figure("search", **{"antflow": 12.34, "Flower 2.2": 253.0}),
        _figure("index alone", antflow=400_000.0),
    ]
    results = folder / "cluster.json"
    results.write_text(json.dumps({"machine": MACHINE, "figures": figures}))
    path = folder / "README.md"
    path.write_text(readme)
    quote(path, results)
    return path.read_text()


def test_the_table_stands_between_the_markers_and_the_rest_stays(tmp_path: Path) -> None:
    text = _quoted(tmp_path, f"before\n{START}\nold\n{END}\nafter\n")
    assert text.startswith(f"before\n{START}\n| | antflow | Flower 2.2 |")
    assert text.endswith(f"{END}\nafter\n")
    assert "| search, ms | 12.3 | 253 |" in text
    assert "old" not in text


def test_what_only_one_server_has_is_left_out(tmp_path: Path) -> None:
    assert "index alone" not in _quoted(tmp_path, f"{START}\n{END}\n")


def test_a_readme_without_markers_stays_as_it_is(tmp_path: Path) -> None:
    assert _quoted(tmp_path, "nothing here\n") == "nothing here\n"
