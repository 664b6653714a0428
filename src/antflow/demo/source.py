"""What the demo works on: every source file of this Python's standard library."""

from __future__ import annotations

import itertools
import os
import sysconfig
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from antflow import Item

BROKEN: Final = "broken/"
"""How the names of the broken files begin."""

BROKEN_EVERY: Final = 15
"""Files between two of those that no Python parses."""

NOT_LIBRARY = {"site-packages", "dist-packages", "__pycache__"}


class SourceFile(Struct, frozen=True):
    """A file to work on.

    Attributes:
        name: path within the library, with slashes: `asyncio/base_events.py`.
        path: where it is on this machine.
    """

    name: str
    path: Path


def python_files(root: Path, prefix: str = "") -> list[SourceFile]:
    """The `.py` files below `root`, by name; installed packages are passed by."""
    files = []
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = [name for name in subfolders if name not in NOT_LIBRARY]
        paths = (Path(folder, name) for name in names if name.endswith(".py"))
        files += [SourceFile(prefix + path.relative_to(root).as_posix(), path) for path in paths]
    return sorted(files, key=lambda file: file.name)


def stdlib_files() -> list[SourceFile]:
    """The standard library of the running Python.

    Raises:
        FileNotFoundError: this Python keeps its library without sources, or in an archive.
    """
    root = Path(sysconfig.get_path("stdlib"))
    if files := python_files(root):
        return files
    raise FileNotFoundError(f"this Python has no source files in {root}")


def mixed(files: Sequence[SourceFile]) -> list[SourceFile]:
    """The same files in an order that is always the same and has nothing to do with their names.

    Large and small ones, whole ones and broken ones are spread over the run, so that a rate
    measured in its first seconds holds for the rest.
    """
    return sorted(files, key=lambda file: (zlib.crc32(file.name.encode()), file.name))


def spread(files: Sequence[SourceFile]) -> list[SourceFile]:
    """One round of the files, with the broken ones at even distances, as often as it takes."""
    broken = [file for file in files if file.name.startswith(BROKEN)]
    whole = [file for file in files if not file.name.startswith(BROKEN)]
    if not broken:
        return whole
    failing = itertools.cycle(broken)
    round_: list[SourceFile] = []
    for number, file in enumerate(whole, 1):
        round_.append(file)
        if number % BROKEN_EVERY == 0:
            round_.append(next(failing))
    return round_ if len(round_) > len(whole) else [*whole, *broken]


class Rounds:
    """The files as items of a pipeline, once or round and round, until a time is up.

    Args:
        files: what to go through.
        repeat: start again after the last one; the ids then say which round it is.
            A file that comes more than once in a round has an id of its own each time.
        seconds: no item comes after so many seconds from the first; None: no limit.
        clock: gives the time in seconds.
    """

    def __init__(
        self,
        files: Sequence[SourceFile],
        repeat: bool = False,
        seconds: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.files = files
        self.repeat = repeat
        self.seconds = seconds
        self.clock = clock

    def __iter__(self) -> Iterator[Item]:
        end = None if self.seconds is None else self.clock() + self.seconds
        for number in itertools.count(1) if self.repeat else (1,):
            times: Counter[str] = Counter()
            for file in self.files:
                if end is not None and self.clock() >= end:
                    return
                times[file.name] += 1
                yield Item(id=_id(file.name, times[file.name], number), value=file)


def _id(name: str, nth: int, round_: int) -> str:
    again = f" (again, {nth})" if nth > 1 else ""
    return name + again + (f" (round {round_})" if round_ > 1 else "")
