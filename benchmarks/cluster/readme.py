"""Quote the newest figures of clusters in the README, between its two bench-cluster markers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
START, END = "<!-- bench-cluster:start -->", "<!-- bench-cluster:end -->"
SERVERS = ("antflow", "Flower 2.2")


def quote(readme: Path = ROOT / "README.md", results: Path | None = None) -> None:
    """Write the README's table anew from `cluster.json`; without markers nothing is written."""
    path = results or ROOT / "benchmarks" / "results" / "cluster.json"
    before, start, rest = readme.read_text(encoding="utf-8").partition(START)
    _, end, after = rest.partition(END)
    if start and end:
        report = table(json.loads(path.read_text(encoding="utf-8")))
        readme.write_text(f"{before}{start}\n{report}\n{end}{after}", encoding="utf-8")


def table(report: dict[str, Any]) -> str:
    """The figures that both servers have, as a table."""
    lines = ["| | antflow | Flower 2.2 |", "|---|--:|--:|"]
    for figure in report["figures"]:
        found = figure["found"]
        if all(found.get(server) is not None for server in SERVERS):
            cells = [_number(found[server]) for server in SERVERS]
            lines.append(f"| {figure['title']}, {figure['unit']} | {' | '.join(cells)} |")
    about = report["machine"]
    machine = f"{about['date']}, {about['python']}, {about['cpus']} × {about['cpu']}"
    more = "[benchmarks/results](benchmarks/results/cluster.md)"
    return "\n".join([*lines, "", f"Measured on {machine}, both on one Redis. More: {more}."])


def _number(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


if __name__ == "__main__":
    quote()
