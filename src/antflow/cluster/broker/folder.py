"""A folder that is a broker: where its parts are, and messages as files.

    queues/<queue>/<priority><time>-<id>.msg    waiting, oldest first
    claimed/<owner>/<queue>/<the same name>     taken and not acknowledged
    control/<exchange>.json                     what is bound to an exchange
    owners/<owner>                              locked while that process lives
    writing/                                    not yet whole
    undelivered/                                could not be read
    processed/                                  acknowledged, where `store_processed` is on

Every file appears under its name by a rename, so nobody ever sees half of one.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

SUFFIX: Final = ".msg"
HIGHEST_PRIORITY: Final = 9
OWNER_FILE: Final = ".owner"
_TIME_DIGITS: Final = 20

_numbers = itertools.count()


class BrokerFolder:
    """Paths within a broker's folder, and what is done with its files.

    Args:
        root: the folder.
        processed: where acknowledged messages are kept, if they are; None: within the folder.
    """

    def __init__(self, root: str | Path, processed: str | Path | None = None) -> None:
        self.root = Path(root).absolute()
        self.processed = Path(processed or self.root / "processed")
        self.queues = self.root / "queues"
        self.claimed = self.root / "claimed"
        self.control = self.root / "control"
        self.owners = self.root / "owners"
        self.writing = self.root / "writing"
        self.undelivered = self.root / "undelivered"

    def make(self) -> None:
        """Make what is missing."""
        parts = (self.queues, self.claimed, self.control, self.owners, self.writing)
        for part in (*parts, self.undelivered):
            part.mkdir(parents=True, exist_ok=True)

    def queue(self, name: str) -> Path:
        """The folder of a queue."""
        return self.queues / file_name(name)

    def replace(self, target: Path, content: bytes) -> None:
        """Write a file that is either not there (or the old one), or whole."""
        temporary = self.writing / uuid.uuid4().hex
        try:
            temporary.write_bytes(content)
            temporary.rename(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def put(self, queue: str, content: bytes, priority: int = 0, name: str | None = None) -> None:
        """Add a message.

        Args:
            queue: the queue; made where it is missing.
            content: the message.
            priority: 0 to 9, 9 goes first.
            name: the file name of a message that comes back, so that it keeps its place.
        """
        place = self.queue(queue) / (name or message_name(priority))
        try:
            self.replace(place, content)
        except FileNotFoundError:
            self.writing.mkdir(parents=True, exist_ok=True)
            place.parent.mkdir(parents=True, exist_ok=True)
            self.replace(place, content)

    def messages(self, queue: str) -> list[str]:
        """File names of the waiting messages, the next one first."""
        return _names(self.queue(queue))

    def count(self, queue: str) -> int | None:
        """Messages that wait; None: no such queue."""
        try:
            return sum(entry.endswith(SUFFIX) for entry in os.listdir(self.queue(queue)))
        except FileNotFoundError:
            return None

    def unacknowledged(self, queue: str) -> int:
        """Messages that somebody took and did not acknowledge."""
        # what a pattern could take for its own is quoted in a file name
        pattern = f"*/{file_name(queue)}/*{SUFFIX}"
        return sum(1 for _path in self.claimed.glob(pattern))

    def queue_names(self) -> list[str]:
        """All queues that are there."""
        with contextlib.suppress(FileNotFoundError):
            return sorted(unquote(entry) for entry in os.listdir(self.queues))
        return []

    def claims(self, owner: str) -> Iterator[tuple[str, Path]]:
        """Queue and path of all that an owner took."""
        for path in (self.claimed / owner).glob(f"*/*{SUFFIX}"):
            yield unquote(path.parent.name), path


def file_name(name: str) -> str:
    """A name as one part of a path; `urllib.parse.unquote` reads it back."""
    quoted = quote(name, safe="@")
    return "%2E" + quoted[1:] if quoted.startswith(".") else quoted


def message_name(priority: int = 0) -> str:
    """A file name that sorts by priority, then by time."""
    number = next(_numbers) % 1_000_000
    turn = HIGHEST_PRIORITY - min(max(priority, 0), HIGHEST_PRIORITY)
    return f"{turn}{time.time_ns():0{_TIME_DIGITS}}-{number:06}-{uuid.uuid4().hex[:12]}{SUFFIX}"


def sent_at(name: str) -> float | None:
    """When a message was sent, from its file name; Unix seconds."""
    digits = name[1 : 1 + _TIME_DIGITS]
    return int(digits) / 1e9 if digits.isdecimal() else None


def _names(folder: Path) -> list[str]:
    try:
        return sorted(entry for entry in os.listdir(folder) if entry.endswith(SUFFIX))
    except FileNotFoundError:
        return []
