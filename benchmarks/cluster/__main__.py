"""`python -m benchmarks.cluster [--quick] [--only GROUP] [--server NAME] [--output FOLDER]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.cluster.figures import Figure, markdown, write
from benchmarks.cluster.measurements import FULL, MEASUREMENTS, QUICK, SERVERS
from benchmarks.cluster.readme import quote

RESULTS = Path(__file__).parents[1] / "results"


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster")
    parser.add_argument("--quick", action="store_true", help="little work: proves that it runs")
    parser.add_argument("--server", action="append", choices=list(SERVERS), help="one of them")
    parser.add_argument("--only", action="append", choices=list(MEASUREMENTS))
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="where cluster.md and cluster.json go; by default benchmarks/results, and nowhere "
        "with --quick or --only",
    )
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """Measure, print the table, write the report."""
    options = _arguments(words)
    scale = QUICK if options.quick else FULL
    servers = options.server or list(SERVERS)
    found: list[Figure] = []
    for key, measure in MEASUREMENTS.items():
        if options.only is None or key in options.only:
            print(f"… {key}", file=sys.stderr, flush=True)
            found += measure(scale, servers)
    print(markdown(found, options.quick))
    folder = options.output
    if folder is None and not options.quick and options.only is None:
        folder = RESULTS
    if folder is not None:
        write(folder, found, options.quick)
    if folder == RESULTS and not options.quick and servers == list(SERVERS):
        quote()
    return 0


if __name__ == "__main__":
    sys.exit(main())
