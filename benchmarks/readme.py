"""Quote the newest results in the README, between its two bench markers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
START, END = "<!-- bench:start -->", "<!-- bench:end -->"
QUOTED = ("untracked", "tracked", "subscribed")


def quote(readme: Path = ROOT / "README.md") -> None:
    """Write the README's table anew from `latest.json`."""
    results = ROOT / "benchmarks" / "results" / "latest.json"
    table = _table(json.loads(results.read_text(encoding="utf-8")))
    before, start, rest = readme.read_text(encoding="utf-8").partition(START)
    _, end, after = rest.partition(END)
    readme.write_text(f"{before}{start}\n{table}\n{end}{after}", encoding="utf-8")


def _table(report: dict[str, Any]) -> str:
    ours, theirs = (*report["sections"].values(), [])[:2]
    lines = ["| | × the plain loop | at most |", "|---|--:|--:|"]
    lines += [
        f"| antflow, {row['title']} | {row['value']:.2f} | {row['limit']:.1f} |"
        for row in ours
        if row["key"] in QUOTED
    ]
    for row in sorted(theirs, key=lambda row: row["value"] or 0):
        figure = row["unit"] if row["value"] is None else f"{row['value']:.1f}"
        name = row["title"].replace("antflow 0.10.0", "AntFlow 0.10.0 (PyPI)")
        lines.append(f"| {name} | {figure} | |")
    about = report["machine"]
    machine = f"{about['date']}, {about['python']}, {about['cpus']} × {about['cpu']}"
    more = "[benchmarks/results](benchmarks/results/latest.md)"
    return "\n".join([*lines, "", f"Measured on {machine}. Memory and latencies too: {more}."])


if __name__ == "__main__":
    quote()
