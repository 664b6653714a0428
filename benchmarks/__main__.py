"""`python -m benchmarks [--quick] [--only ROW] [--no-rivals] [--output FOLDER]`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.comparison import RIVALS, compare
from benchmarks.memory import memory
from benchmarks.overhead import JOBS, against_plain_loop, growth
from benchmarks.readme import quote
from benchmarks.report import Row, machine, table, write
from benchmarks.scale import FULL, QUICK, Scale
from benchmarks.waiting import import_time, single_item, snapshots, throughput

RESULTS = Path(__file__).parent / "results"
Measurement = Callable[[Scale], list[Row]]


def _overhead(key: str, scale: Scale) -> list[Row]:
    return [asyncio.run(against_plain_loop(key, scale))]


def _growth(key: str, scale: Scale) -> list[Row]:
    return [asyncio.run(growth(key, scale))]


ENGINE: dict[str, Measurement] = {
    **{key: partial(_overhead, key) for key in JOBS},
    **{f"growth-{key}": partial(_growth, key) for key in JOBS},
    "throughput": lambda scale: [asyncio.run(throughput(scale))],
    "memory": lambda scale: [memory(scale)],
    "snapshot": lambda scale: asyncio.run(snapshots(scale)),
    "single": lambda scale: [asyncio.run(single_item(scale))],
    "import": lambda scale: [import_time(scale)],
}
COMPARISON: dict[str, Measurement] = {
    f"rival-{module}": partial(compare, module) for module in RIVALS
}
OURS = "This package"
THEIRS = "The same job with other libraries"


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true", help="little work: proves that it runs")
    parser.add_argument("--no-rivals", action="store_true", help="leave other libraries out")
    parser.add_argument(
        "--only", action="append", metavar="ROW", choices=[*ENGINE, *COMPARISON], help="one row"
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="where latest.md and latest.json go; by default benchmarks/results, and nowhere "
        "with --quick or --only",
    )
    return parser.parse_args(words)


def _measure(
    measurements: dict[str, Measurement], only: list[str] | None, scale: Scale
) -> Iterator[Row]:
    for key, measurement in measurements.items():
        if only is None or key in only:
            print(f"… {key}", file=sys.stderr, flush=True)
            yield from measurement(scale)


def main(words: list[str] | None = None) -> int:
    """Measure, print the tables, write the report."""
    options = _arguments(words)
    scale = QUICK if options.quick else FULL
    chosen = {OURS: ENGINE} if options.no_rivals else {OURS: ENGINE, THEIRS: COMPARISON}
    print(", ".join(str(value) for value in machine().values()))
    found: dict[str, list[Row]] = {}
    for title, part in chosen.items():
        if rows := list(_measure(part, options.only, scale)):
            found[title] = rows
            print(f"\n{title}\n\n{table(rows)}", flush=True)
    folder = options.output or (None if options.quick or options.only else RESULTS)
    if folder is not None:
        write(folder, found, options.quick)
    if folder == RESULTS and not options.no_rivals:
        quote()
    return 0


if __name__ == "__main__":
    sys.exit(main())
