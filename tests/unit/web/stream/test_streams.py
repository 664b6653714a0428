"""Streams as responses: they end when they should, and keep nothing."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from polling import eventually_async

from antflow.web.sources import FakeSource
from antflow.web.stream import Streams, TooManyStreamsError


class Peer:
    """The other end of a stream."""

    def __init__(self, *, reads: bool = True) -> None:
        self.sent: list[dict[str, Any]] = []
        self.gone = asyncio.Event()
        self.reads = asyncio.Event()
        self.aborted = False
        if reads:
            self.reads.set()

    @property
    def scope(self) -> dict[str, Any]:
        return {"type": "http", "state": {"antflow.abort": self._abort}}

    def _abort(self) -> None:
        self.aborted = True

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        await self.reads.wait()
        self.sent.append(message)

    @property
    def text(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)


def _streams(**told: Any) -> Streams:
    return Streams({"s": FakeSource("s", tasks=20, tick=0.02)}, **told)


@asynccontextmanager
async def _running(streams: Streams, peer: Peer) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(streams.stream(["s"])(peer.scope, peer.receive, peer.send))
    try:
        yield task
    finally:
        peer.gone.set()
        await asyncio.wait([task], timeout=5)


async def test_a_viewer_that_goes_is_noticed_and_forgotten() -> None:
    streams, peer = _streams(), Peer()
    async with _running(streams, peer) as task:
        await eventually_async(lambda: peer.text.count(b"event: diff") >= 2)
        assert streams.open == 1
        peer.gone.set()
        await asyncio.wait_for(task, 5)
    assert streams.open == 0
    assert streams.feed("s").watched == 0


async def test_nothing_of_a_viewer_is_kept() -> None:
    streams, gone = _streams(), list[weakref.ref[Peer]]()
    await _come_and_go(streams, gone)
    gc.collect()
    assert [peer() for peer in gone] == [None]


async def _come_and_go(streams: Streams, gone: list[weakref.ref[Peer]]) -> None:
    peer = Peer()
    async with _running(streams, peer):
        await eventually_async(lambda: peer.text)
    gone.append(weakref.ref(peer))


async def test_a_viewer_that_takes_nothing_is_aborted() -> None:
    streams, peer = _streams(patience=0.05), Peer()
    async with _running(streams, peer) as task:
        await eventually_async(lambda: peer.text)
        peer.reads.clear()
        await asyncio.wait_for(task, 5)
    assert peer.aborted
    assert streams.open == 0


async def test_a_slow_viewer_holds_up_no_other() -> None:
    streams, slow, quick = _streams(), Peer(), Peer()
    async with _running(streams, slow), _running(streams, quick):
        await eventually_async(lambda: slow.text)
        slow.reads.clear()
        before = len(quick.sent)
        await eventually_async(lambda: len(quick.sent) > before + 5)
        slow.reads.set()
        await eventually_async(lambda: slow.text.count(b"event: frame") == 2)


async def test_all_streams_end_at_once_when_the_server_stops() -> None:
    closing = asyncio.Event()
    streams = _streams(closing=closing)
    peers = [Peer() for _ in range(5)]
    tasks = [
        asyncio.create_task(streams.stream(["s"])(peer.scope, peer.receive, peer.send))
        for peer in peers
    ]
    await eventually_async(lambda: all(peer.text for peer in peers))
    closing.set()
    await asyncio.wait_for(asyncio.gather(*tasks), 5)
    assert all(peer.sent[-1].get("more_body") is False for peer in peers)
    with pytest.raises(TooManyStreamsError):
        streams.stream(["s"])


async def test_so_many_streams_are_open_at_most() -> None:
    streams, peer = _streams(most=1), Peer()
    async with _running(streams, peer):
        await eventually_async(lambda: streams.open == 1)
        with pytest.raises(TooManyStreamsError, match="1 streams are open"):
            streams.stream(["s"])
    streams.stream(["s"])


async def test_silence_is_filled_with_comments() -> None:
    source = FakeSource("s", tasks=1, tick=60.0)
    streams, peer = Streams({"s": source}, ping=0.02), Peer()
    async with _running(streams, peer):
        await eventually_async(lambda: peer.text.count(b": ping\n\n") >= 3)
    assert source.frames == 1


async def test_a_restarted_server_has_another_epoch() -> None:
    assert _streams().epoch != _streams().epoch
