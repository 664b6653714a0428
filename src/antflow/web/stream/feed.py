"""`Feed`: the frames of one source, numbered; ticks while somebody watches."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Protocol

from msgspec import structs

from antflow.source import Frame, Health, Source, Totals
from antflow.web.encoding import encoded
from antflow.web.stream.difference import difference
from antflow.web.stream.message import DiffMessage, EventMessage, FrameMessage, message

logger = logging.getLogger("antflow.web")

KEPT_DIFFS = 240
KEPT_BYTES = 4 * 2**20
KEPT_EVENTS = 500

Prepare = Callable[[Frame], Frame]


class Watcher(Protocol):
    """Who wants to know that there is something new.

    Attributes:
        events: whether it wants raw events, too.
    """

    events: bool

    def wake(self) -> None:
        """There is something new."""


class Feed:
    """One source's frames.

    Args:
        source: what is shown.
        prepare: what is done to each frame before it goes out: secrets are removed.
        prepare_event: the same for a raw event.

    Attributes:
        seq: number of the newest frame; 0: none was made yet.
        last: the newest frame.
        last_event: number of the newest raw event.
    """

    def __init__(
        self,
        source: Source,
        prepare: Prepare = lambda frame: frame,
        prepare_event: Callable[[dict[str, object]], dict[str, object]] = lambda event: event,
    ) -> None:
        self.source = source
        self.seq = 0
        self.last: Frame | None = None
        self.last_event = 0
        self._prepare = prepare
        self._prepare_event = prepare_event
        self._made = float("-inf")
        self._whole: bytes | None = None
        self._body: bytes | None = None
        self._diffs: deque[bytes] = deque()
        self._events: deque[tuple[int, bytes]] = deque(maxlen=KEPT_EVENTS)
        self._watchers: set[Watcher] = set()
        self._ticker: asyncio.Task[None] | None = None
        self._broken: str | None = None

    # -- who watches --------------------------------------------------------------------------

    def join(self, watcher: Watcher) -> None:
        """Have `watcher` woken at every tick; the first one starts the ticker."""
        self._watchers.add(watcher)
        if watcher.events and not self._events:
            self._skip_events()
        if self._ticker is None:
            self.refresh()
            self._ticker = asyncio.get_running_loop().create_task(self._tick_on())

    def leave(self, watcher: Watcher) -> None:
        """Wake it no more; the last one stops the ticker."""
        self._watchers.discard(watcher)
        if not self._watchers and self._ticker is not None:
            self._ticker.cancel()
            self._ticker = None

    @property
    def watched(self) -> int:
        """How many watch."""
        return len(self._watchers)

    # -- what there is ------------------------------------------------------------------------

    def refresh(self) -> None:
        """Have a frame that is not older than a tick."""
        if self._ticker is None and self._now() - self._made >= self.source.tick:
            self.tick()

    def whole(self) -> bytes:
        """The newest frame as a message."""
        if self._whole is None:
            assert self.last is not None
            self._whole = message("frame", FrameMessage(self.source.name, self.seq, self.last))
        return self._whole

    def current(self) -> Frame:
        """A frame not older than a tick."""
        self.refresh()
        assert self.last is not None
        return self.last

    def body(self) -> bytes:
        """A frame not older than a tick, as plain JSON."""
        frame = self.current()
        if self._body is None:
            self._body = encoded(frame)
        return self._body

    def since(self, seq: int) -> list[bytes] | None:
        """The messages that lead from a frame to the newest; None where one is not kept."""
        missing = self.seq - seq
        if seq < 1 or missing < 0 or missing > len(self._diffs):
            return None
        return [self._diffs[index] for index in range(len(self._diffs) - missing, len(self._diffs))]

    def events_since(self, seq: int) -> list[bytes]:
        """The raw events after this one, of those that are kept."""
        newer: list[bytes] = []
        for number, text in reversed(self._events):
            if number <= seq:
                break
            newer.append(text)
        return newer[::-1]

    # -- ticks --------------------------------------------------------------------------------

    def tick(self) -> None:
        """Make the next frame, and what leads to it from the one before."""
        self._made = self._now()
        frame = self._frame()
        old, self.last = self.last, frame
        self.seq += 1
        self._whole = self._body = None
        if old is not None:
            patch = difference(old, frame)
            self._keep(message("diff", DiffMessage(frame.source, self.seq, self.seq - 1, patch)))
        if any(watcher.events for watcher in self._watchers):
            self._take_events()
        for watcher in self._watchers:
            watcher.wake()

    def _keep(self, diff: bytes) -> None:
        self._diffs.append(diff)
        while len(self._diffs) > KEPT_DIFFS or sum(map(len, self._diffs)) > KEPT_BYTES:
            self._diffs.popleft()

    def _frame(self) -> Frame:
        try:
            frame = self._prepare(self.source.frame())
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
            if problem != self._broken:
                logger.exception("source %r gives no frame", self.source.name)
            self._broken = problem
            return self._out_of_order(problem)
        self._broken = None
        return frame

    def _out_of_order(self, problem: str) -> Frame:
        health = Health("disconnected", False, f"the source fails: {problem:.200}")
        frame = self.last or Frame(self.source.name, 0.0, health, Totals())
        try:
            return self._prepare(structs.replace(frame, health=health))
        except Exception:
            # It is what prepares frames that fails: nothing unprepared may go out.
            health = Health("disconnected", False, "what removes secrets from it fails")
            return Frame(self.source.name, 0.0, health, Totals())

    def _skip_events(self) -> None:
        try:
            self.last_event = self.source.events(limit=0)[0]
        except Exception:
            logger.exception("source %r gives no events", self.source.name)

    def _take_events(self) -> None:
        try:
            last, events = self.source.events(self.last_event, KEPT_EVENTS)
            for event in events:
                seq = int(event.get("seq", last))
                data = EventMessage(self.source.name, seq, self._prepare_event(event))
                self._events.append((seq, message("event", data)))
        except Exception:
            logger.exception("source %r gives no events", self.source.name)
            return
        self.last_event = last

    async def _tick_on(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + self.source.tick, loop.time())
            await asyncio.sleep(due - loop.time())
            self.tick()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
