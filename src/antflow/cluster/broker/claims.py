"""Taking a message out of a queue, so that nobody else takes it and nobody loses it."""

from __future__ import annotations

import contextlib
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from antflow.cluster.broker.folder import BrokerFolder, file_name
from antflow.cluster.broker.owners import own_name

LOOK_AHEAD: Final = 64
"""File names remembered from one look into a queue; a message of higher priority waits for them."""


@dataclass(frozen=True)
class Claim:
    """A message that this process took.

    Attributes:
        folder: the broker.
        queue: where it came from.
        path: where it is now.
        message: what is in it, with a delivery tag that no other delivery has.
    """

    folder: BrokerFolder
    queue: str
    path: Path
    message: dict[str, Any]

    @property
    def tag(self) -> str:
        """Its delivery tag."""
        tag: str = self.message["properties"]["delivery_tag"]
        return tag

    def settle(self, keep: bool = False) -> None:
        """It is done with: remove the file, or keep it among the processed ones."""
        # a reaper or a purge may have been here
        with contextlib.suppress(FileNotFoundError):
            if keep:
                self.folder.processed.mkdir(parents=True, exist_ok=True)
                self.path.rename(self.folder.processed / self.path.name)
            else:
                self.path.unlink()

    def give_back(self) -> None:
        """Put it back to its place in the queue, marked as delivered before."""
        give_back(self.folder, self.queue, self.path)


def claim_next(folder: BrokerFolder, queue: str, ahead: deque[str]) -> Claim | None:
    """Take the next message of a queue.

    Args:
        folder: the broker.
        queue: the queue.
        ahead: names seen at an earlier look; this function takes from it and refills it.
    """
    if not ahead:
        ahead.extend(folder.messages(queue)[:LOOK_AHEAD])
    if not ahead:
        return None
    place = folder.claimed / own_name(folder.owners) / file_name(queue)
    while ahead:
        name = ahead.popleft()
        if _move(folder.queue(queue) / name, place / name):
            message = read_message(folder, place / name)
            if message is not None:
                message["properties"]["delivery_tag"] = name
                return Claim(folder, queue, place / name, message)
    return None


def _move(source: Path, target: Path) -> bool:
    try:
        source.rename(target)
    except FileNotFoundError:
        if target.parent.is_dir():
            return False  # somebody else was quicker
        target.parent.mkdir(parents=True, exist_ok=True)
        return _move(source, target)
    return True


def read_message(folder: BrokerFolder, path: Path) -> dict[str, Any] | None:
    """Read a claimed message; one that is none is moved to `undelivered`."""
    try:
        message: dict[str, Any] = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        if isinstance(message.get("properties"), dict) and "body" in message:
            return message
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError:
        pass
    folder.undelivered.mkdir(parents=True, exist_ok=True)
    path.rename(folder.undelivered / path.name)
    return None


def give_back(folder: BrokerFolder, queue: str, path: Path) -> None:
    """Move a claimed message back to its queue, marked as delivered before."""
    message = read_message(folder, path)
    if message is not None:
        folder.put(queue, msgspec.json.encode(marked_redelivered(message)), name=path.name)
        path.unlink(missing_ok=True)


def marked_redelivered(message: dict[str, Any]) -> dict[str, Any]:
    """The message, which tells whoever gets it that somebody had it before."""
    properties = message["properties"]
    info = {**(properties.get("delivery_info") or {}), "redelivered": True}
    headers = {**(message.get("headers") or {}), "redelivered": True}
    return {**message, "headers": headers, "properties": {**properties, "delivery_info": info}}
