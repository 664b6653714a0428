"""The demo's pipeline: Read, Parse, Measure, Store. Public antflow names only."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Mapping
from threading import Lock
from typing import Final

from msgspec import Struct

from antflow import Pipeline, Stage, StatusTracker
from antflow.demo.measure import ModuleFacts, measure_module
from antflow.demo.slow_motion import Pacing, SlowMotion, at_full_speed
from antflow.demo.source import SourceFile
from antflow.demo.store import Store

WORKERS: Final = {"Read": 3, "Parse": 2, "Measure": 2, "Store": 1}
"""Workers by stage. Parsing holds the interpreter's lock, so that more parsers gain nothing."""

STAGES: Final = tuple(WORKERS)


class ReadFile(Struct, frozen=True):
    """A file and its bytes."""

    name: str
    source: bytes


class ParsedFile(Struct, frozen=True):
    """A file, its bytes and its syntax tree."""

    name: str
    source: bytes
    tree: ast.Module


# Python 3.11 counts the depth of a tree in one place for all threads, and now and then finds it
# wrong (SystemError); under the GIL nothing is lost by parsing one file at a time.
_PARSER = Lock()


async def read_file(file: SourceFile) -> ReadFile:
    """Read a file without holding up the event loop."""
    return ReadFile(file.name, await asyncio.to_thread(file.path.read_bytes))


def parse(file: ReadFile) -> ParsedFile:
    """Parse a file as this Python does; a broken one raises SyntaxError or one of its kind."""
    with _PARSER:
        tree = ast.parse(file.source, filename=file.name)
    return ParsedFile(file.name, file.source, tree)


def measure(file: ParsedFile) -> ModuleFacts:
    """Count what is in a file."""
    return measure_module(file.name, file.source, file.tree)


def build_pipeline(
    store: Store,
    rate: float | None = None,
    workers: Mapping[str, int] | None = None,
    tracker: StatusTracker | None = None,
    slow: SlowMotion | None = None,
) -> Pipeline:
    """The four stages.

    Args:
        store: where the last stage writes.
        rate: files a second through Read; None: as fast as it goes.
        workers: by stage name, in place of `WORKERS`.
        tracker: keeps the history; the displays bring their own where there is none.
        slow: has the stages take their time, and the last one fail at times.

    Raises:
        StageValidationError: a number of workers below 1.
    """
    count = WORKERS | dict(workers or {})
    # what waits for a rate is still worked on after the last file was fed: about a second's worth
    ahead = None if rate is None else max(1, round(rate))
    paced: Pacing = slow.paced if slow else at_full_speed
    read = Stage.io_bound(
        "Read",
        paced("Read", read_file),
        workers=count["Read"],
        rate=rate,
        queue_capacity=ahead,
        # a file that cannot be read now may be read in a moment; one that does not parse never will
        retry_on=(OSError,),
        task_wait_seconds=0.2,
    )
    parse_stage = Stage.cpu_bound("Parse", paced("Parse", parse), workers=count["Parse"])
    # a syntax tree is some fifty times as large as its source: few of them wait
    measuring = Stage.cpu_bound(
        "Measure", paced("Measure", measure), workers=count["Measure"], queue_capacity=8
    )
    writing = Stage.io_bound("Store", paced("Store", store.save), workers=count["Store"], retries=1)
    return Pipeline(
        [read, parse_stage, measuring, writing], collect_results=False, status_tracker=tracker
    )
