"""Serves made-up sources and a live pipeline, for work on the pages.

`python -m antflow.web.sources [port]`; 5555 by default, on loopback only.
"""

from __future__ import annotations

import argparse

import uvicorn

from antflow.web import create_app
from antflow.web.sources.demonstration import demonstration_sources


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m antflow.web.sources", description=__doc__)
    parser.add_argument("port", nargs="?", type=int, default=5555)
    parser.add_argument("--hostile", action="store_true", help="hostile texts in every field")
    parser.add_argument("--workers", type=int, default=12)
    parser.add_argument("--tasks", type=int, default=2_000)
    told = parser.parse_args()
    sources = demonstration_sources(told.workers, told.tasks, hostile=told.hostile)
    uvicorn.run(create_app(sources), host="127.0.0.1", port=told.port, log_level="warning")


if __name__ == "__main__":
    main()
