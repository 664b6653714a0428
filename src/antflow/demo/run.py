"""One run of the demo: the files, the pipeline, the display, and what came out of it."""

from __future__ import annotations

import asyncio
import gc
import platform
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct, structs

from antflow import Item, Pipeline, StatusTracker
from antflow.demo.broken import write_broken_sources
from antflow.demo.pipeline import STAGES, build_pipeline
from antflow.demo.report import Outcome
from antflow.demo.source import BROKEN, Rounds, SourceFile, mixed, python_files, stdlib_files
from antflow.demo.store import Store

TOUR_SECONDS: Final = 60.0
HISTORY: Final = 10_000
Display = Literal["full", "detailed", "compact", "progress", "none"]


class Pace(Struct, frozen=True):
    """How a run goes.

    Attributes:
        rate: files a second; None: as fast as it goes.
        repeat: go round and round.
        seconds: stop feeding after so many seconds; None: no limit.
        workers: by stage name, where it is not the default.
        display: what to show meanwhile.
    """

    rate: float | None = None
    repeat: bool = False
    seconds: float | None = None
    workers: Mapping[str, int] = {}
    display: Display = "full"


def demo_files(folder: Path, limit: int | None = None) -> list[SourceFile]:
    """The library's files, at most `limit` of them, with the broken ones written to `folder`.

    Raises:
        FileNotFoundError: this Python has no sources of its library.
    """
    write_broken_sources(folder)
    return mixed(mixed(stdlib_files())[:limit] + python_files(folder, prefix=BROKEN))


def run_once(files: Sequence[SourceFile], store: Store, pace: Pace) -> Outcome:
    """Run the pipeline over the files; Ctrl-C ends it early, and the outcome says so.

    Raises:
        StageValidationError: a number of workers below 1.
    """
    # what goes round for days must not keep all that it ever saw
    tracker = StatusTracker(max_items=HISTORY) if pace.repeat else None
    pipeline = build_pipeline(store, pace.rate, pace.workers, tracker)
    rounds = Rounds(files, pace.repeat, pace.seconds)
    start, lines, interrupted = time.monotonic(), store.lines, False
    with for_syntax_trees():
        try:
            asyncio.run(_show(pipeline, rounds, pace.display))
        except KeyboardInterrupt:
            interrupted = True
    elapsed = time.monotonic() - start
    snapshot = pipeline.get_dashboard_snapshot()
    return Outcome(snapshot, elapsed, store.lines - lines, pace.rate, interrupted)


@contextmanager
def for_syntax_trees() -> Iterator[None]:
    """Within, the interpreter is set for parsing much."""
    thresholds = gc.get_threshold()
    # trees are many objects and no cycles: looking for cycles in them costs a fifth of the time
    gc.set_threshold(100_000, 50, 100)
    with warnings.catch_warnings():
        # the library's own test files hold strings that the compiler warns of
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            gc.set_threshold(*thresholds)


def tour(files: int, pace: Pace) -> list[Pace]:
    """Once through at a rate that takes `pace.seconds` (60 by default), then at full speed."""
    seconds = pace.seconds or TOUR_SECONDS
    once = structs.replace(pace, seconds=None)
    return [
        structs.replace(once, rate=max(1, round(files / seconds))),
        structs.replace(once, display="none" if pace.display == "none" else "compact"),
    ]


def describe(files: int, pace: Pace) -> list[str]:
    """Two lines for the reader before a run starts."""
    speed = "At full speed" if pace.rate is None else f"At {pace.rate:g} files a second"
    if pace.repeat:
        speed += ", round and round"
    if pace.seconds:
        speed += f", for {pace.seconds:g} seconds"
    what = f"{files:,} source files of Python {platform.python_version()}"
    return [f"{what}: {' → '.join(STAGES)}", f"{speed}; Ctrl-C ends it."]


async def _show(pipeline: Pipeline, rounds: Rounds, display: Display) -> None:
    ends_by_itself = not rounds.repeat and rounds.seconds is None
    # a list has a length, which gives the display its total
    items: Iterable[Item] = list(rounds) if ends_by_itself else rounds
    if display == "progress":
        await pipeline.run(items, progress=True)
    else:
        await pipeline.run(items, dashboard=None if display == "none" else display)
