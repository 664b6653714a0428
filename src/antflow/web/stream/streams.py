"""`Streams`: all open streams of a server."""

from __future__ import annotations

import asyncio
import secrets
import signal
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from starlette.responses import Response

from antflow.source import Frame, Source
from antflow.web.stream.connection import abort_of
from antflow.web.stream.feed import Feed
from antflow.web.stream.message import PING
from antflow.web.stream.viewer import Viewer

MOST = 500
PIECE = 64 * 2**10
"""Bytes handed to the server at once, so that a slow viewer makes it hold no more."""

HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",  # a proxy that collects before it sends makes no live page
}


class TooManyStreamsError(Exception):
    """So many streams are open that no other may be."""


class Streams:
    """The feeds of a server's sources and who watches them.

    Args:
        sources: by name.
        prepare: what is done to a frame before it goes out.
        prepare_event: the same for a raw event.
        closing: set when the server begins to stop; all streams end then.
        most: streams open at once at most.
        ping: seconds of silence after which a comment is sent.
        patience: seconds that a viewer may take nothing, after which its stream is ended.

    Attributes:
        epoch: tells this server from the one before a restart.
        open: streams open now.
    """

    def __init__(
        self,
        sources: Mapping[str, Source],
        prepare: Callable[[Frame], Frame] = lambda frame: frame,
        prepare_event: Callable[[dict[str, Any]], dict[str, Any]] = lambda event: event,
        *,
        closing: asyncio.Event | None = None,
        most: int = MOST,
        ping: float = 15.0,
        patience: float = 30.0,
    ) -> None:
        self.epoch = secrets.token_hex(4)
        self.open = 0
        self.most = most
        self.ping = ping
        self.patience = patience
        self._feeds = {
            name: Feed(source, prepare, prepare_event) for name, source in sources.items()
        }
        self._closing = closing or asyncio.Event()
        self._viewers: set[Viewer] = set()
        self._guard: asyncio.Task[None] | None = None

    def feed(self, name: str) -> Feed:
        """The feed of a source."""
        return self._feeds[name]

    @property
    def closing(self) -> bool:
        """Whether streams are to end, because the server stops."""
        return self._closing.is_set() or _server_stops()

    def stream(
        self, names: Iterable[str], *, last_id: str | None = None, events: bool = False
    ) -> Stream:
        """A stream of these sources.

        Raises:
            TooManyStreamsError: `most` are open.
        """
        if self.open >= self.most or self.closing:
            raise TooManyStreamsError(f"{self.most} streams are open; close one and try again")
        feeds = [self._feeds[name] for name in dict.fromkeys(names)]
        return Stream(self, Viewer(feeds, self.epoch, last_id=last_id, events=events))

    def entered(self, viewer: Viewer) -> None:
        """A stream begins."""
        self.open += 1
        self._viewers.add(viewer)
        viewer.join()
        if self._guard is None:
            self._guard = asyncio.get_running_loop().create_task(self._wake_at_the_end())

    def left(self, viewer: Viewer) -> None:
        """A stream has ended."""
        self.open -= 1
        self._viewers.discard(viewer)
        viewer.leave()
        if not self._viewers and self._guard is not None:
            self._guard.cancel()
            self._guard = None

    async def _wake_at_the_end(self) -> None:
        await self._closing.wait()
        for viewer in self._viewers:
            viewer.wake()


class Stream(Response):
    """One stream, as a response."""

    def __init__(self, streams: Streams, viewer: Viewer) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self._streams = streams
        self._viewer = viewer

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Send until the viewer goes, takes nothing, or the server stops."""
        self._streams.entered(self._viewer)
        gone = asyncio.ensure_future(_gone(receive))
        sending = asyncio.ensure_future(self._send(scope, send))
        try:
            await asyncio.wait([gone, sending], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._streams.left(self._viewer)
            gone.cancel()
            sending.cancel()
            await asyncio.wait([gone, sending])
        if not sending.cancelled() and (error := sending.exception()) is not None:
            raise error

    async def _send(self, scope: Any, send: Any) -> None:
        try:
            await self._pump(send)
        except TimeoutError:
            if (abort := abort_of(scope)) is not None:
                abort()

    async def _pump(self, send: Any) -> None:
        streams = self._streams
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        while not streams.closing:
            text = self._viewer.next()
            for begin in range(0, len(text), PIECE):
                async with asyncio.timeout(streams.patience):
                    await _piece(send, text[begin : begin + PIECE])
            del text
            try:
                async with asyncio.timeout(streams.ping):
                    await self._viewer.wait()
            except TimeoutError:
                async with asyncio.timeout(streams.patience):
                    await _piece(send, PING)
        async with asyncio.timeout(streams.patience):
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _piece(send: Any, piece: bytes) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _server_stops() -> bool:
    # uvicorn has no call for "streams, end": it waits for them. Its handler of SIGTERM is a
    # method of the server that knows.
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return bool(getattr(server, "should_exit", False))
