"""`Viewer`: one open stream; decides what to send next from what it has sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from antflow.web.stream.feed import Feed


class Viewer:
    """What one viewer has seen of its feeds.

    It keeps no messages, only numbers: whoever is slow finds, once it can be sent more, that
    the newest state is further on, and gets that state instead of the way to it.

    Args:
        feeds: what it watches, in the order it asked.
        epoch: of this server.
        last_id: id of the last message that it got in an earlier stream; replayed from there.
        events: whether it wants raw events.
    """

    def __init__(
        self, feeds: Sequence[Feed], epoch: str, *, last_id: str | None = None, events: bool = False
    ) -> None:
        self.feeds = list(feeds)
        self.events = events
        self._epoch = epoch
        self._changed = asyncio.Event()
        self._changed.set()
        self._seen = _positions(last_id, epoch, len(self.feeds))
        self._replay = any(self._seen)
        self._events_seen = [0] * len(self.feeds)

    def wake(self) -> None:
        """There is something new."""
        self._changed.set()

    async def wait(self) -> None:
        """Return when there is something new."""
        await self._changed.wait()

    def join(self) -> None:
        """Begin to watch."""
        for feed in self.feeds:
            feed.join(self)
        self._events_seen = [feed.last_event for feed in self.feeds]

    def leave(self) -> None:
        """Watch no more."""
        for feed in self.feeds:
            feed.leave(self)

    def next(self) -> bytes:
        """What leads it to the newest state; empty: nothing."""
        self._changed.clear()
        parts: list[bytes] = []
        for index, feed in enumerate(self.feeds):
            if self._seen[index] != feed.seq:
                found = self._way(feed, self._seen[index])
                self._seen[index] = feed.seq
                parts += [self._id(), *found]
            if self.events and feed.last_event > self._events_seen[index]:
                parts += feed.events_since(self._events_seen[index])
                self._events_seen[index] = feed.last_event
        self._replay = False
        return b"".join(parts)

    def _way(self, feed: Feed, seen: int) -> list[bytes]:
        if seen and (self._replay or feed.seq - seen == 1):
            way = feed.since(seen)
            if way is not None and (len(way) == 1 or sum(map(len, way)) <= len(feed.whole())):
                return way
        return [feed.whole()]

    def _id(self) -> bytes:
        return f"id: {self._epoch}.{'.'.join(map(str, self._seen))}\n".encode()


def _positions(last_id: str | None, epoch: str, count: int) -> list[int]:
    named, _, rest = (last_id or "").partition(".")
    numbers = rest.split(".")
    known = named == epoch and len(numbers) == count
    if known and all(number.isascii() and number.isdigit() for number in numbers):
        return [int(number[:18]) for number in numbers]
    return [0] * count
