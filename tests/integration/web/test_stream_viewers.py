"""W1, W2: many viewers, some of which hardly read, and a server that restarts."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from polling import eventually_async

from antflow.web.stream import applied

SERVER = Path(__file__).with_name("watched_server.py")
REQUEST = "GET /api/v1/stream?source=s HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n{more}\r\n"

_AT = re.compile(rb'"at":([0-9.]+)')

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@asynccontextmanager
async def _server(patience: float = 30.0) -> AsyncIterator[tuple[Process, int]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(SERVER), str(patience), stdout=PIPE
    )
    assert process.stdout is not None
    try:
        port = int(await asyncio.wait_for(process.stdout.readline(), 60))
        yield process, port
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


class Watching:
    """A viewer that reads as fast as it can, and applies what it gets or only notes its time."""

    def __init__(self, *, applies: bool = True) -> None:
        self.applies = applies
        self.delays: list[float] = []
        self.shown: dict[str, Any] = {}
        self.kinds: list[str] = []
        self.pictures: dict[str, dict[str, Any]] = {}
        self.last_id = ""
        self.ended = False

    async def watch(self, port: int, last_id: str = "") -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
        more = f"Last-Event-ID: {last_id}\r\n" if last_id else ""
        writer.write(REQUEST.format(port=port, more=more).encode())
        try:
            assert b" 200 " in await reader.readline()
            async for line in reader:
                self._take(line)
            self.ended = True
        finally:
            writer.close()

    def _take(self, line: bytes) -> None:
        if line.startswith(b"data: ") and not self.applies:
            at = _AT.search(line)
            assert at is not None
            self.delays.append(time.time() - float(at[1]))
            return
        name, _, value = line.decode().rstrip("\r\n").partition(": ")
        if name == "id":
            self.last_id = value
        elif name == "event":
            self.kinds.append(value)
        elif name == "data":
            said = json.loads(value)
            whole = "frame" in said
            self.shown = said["frame"] if whole else applied(self.shown, said["patch"])
            self.pictures[self.last_id] = self.shown
            self.delays.append(time.time() - self.shown["at"])


def _dribbler(port: int) -> socket.socket:
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    peer.connect(("127.0.0.1", port))
    peer.sendall(REQUEST.format(port=port, more="").encode())
    peer.setblocking(False)
    return peer


def _read_a_byte(peer: socket.socket) -> bool:
    """Whether the connection is still there; what came before it was reset can be read still."""
    if peer.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        return False
    try:
        return bool(peer.recv(1))
    except BlockingIOError:
        return True


async def _read_on(slow: set[socket.socket]) -> None:
    """Read a byte a second of each, until it is closed by the other side."""
    try:
        while slow:
            for peer in [peer for peer in slow if not _read_a_byte(peer)]:
                peer.close()
                slow.discard(peer)
            await asyncio.sleep(1.0)
    finally:
        for peer in slow:
            peer.close()


async def test_slow_viewers_delay_nobody_and_are_closed() -> None:
    """200 viewers get every frame in time though 50 others read one byte a second."""
    async with _server(patience=3.0) as (process, port):
        viewers = [Watching(applies=False) for _ in range(200)]
        tasks = [asyncio.create_task(viewer.watch(port)) for viewer in viewers]
        await eventually_async(lambda: all(viewer.kinds for viewer in viewers), timeout=30)
        for viewer in viewers:
            viewer.delays.clear()
        before = _megabytes(process.pid)
        slow = {_dribbler(port) for _ in range(50)}
        tasks.append(asyncio.create_task(_read_on(slow)))
        await eventually_async(lambda: not slow, timeout=80)
        grown = _megabytes(process.pid) - before
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        delays = sorted(delay for viewer in viewers for delay in viewer.delays)
        print(f"p50 {delays[len(delays) // 2]:.3f} p99 {delays[int(len(delays) * 0.99)]:.3f} s; ")
        print(f"grown {grown:.1f} MB; frames {len(delays)}")
        assert len(delays) > 200 * 8
        assert delays[int(len(delays) * 0.99)] < 5.0  # promised: 0.5 s
        assert grown < 50


async def test_a_returning_viewer_sees_what_a_fresh_one_sees() -> None:
    async with _server() as (_, port):
        first, back, fresh = Watching(), Watching(), Watching()
        await _watch_for(first, port, messages=4)
        back.shown = first.shown
        await _watch_for(back, port, messages=3, last_id=first.last_id)
        assert back.last_id.split(".")[0] == first.last_id.split(".")[0]
        tasks = [
            asyncio.create_task(back.watch(port, back.last_id)),
            asyncio.create_task(fresh.watch(port)),
        ]
        # Both were told of the same moment: one by differences since long, the other afresh.
        await eventually_async(lambda: len(fresh.pictures.keys() & back.pictures.keys()) >= 2)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for moment in fresh.pictures.keys() & back.pictures.keys():
            assert back.pictures[moment] == fresh.pictures[moment]


async def test_a_viewer_that_comes_back_at_once_gets_what_it_missed() -> None:
    """Differences since then and no whole frame, where they are shorter than one."""
    async with _server() as (_, port):
        first = Watching()
        await _watch_for(first, port, messages=3)

        async def goes_on() -> bool:
            back = Watching()
            back.shown = first.shown
            await _watch_for(back, port, messages=1, last_id=first.last_id)
            first.shown, first.last_id = back.shown, back.last_id
            return back.kinds[0] == "diff"

        # again where a busy machine let more than a frame's worth of differences pass
        await eventually_async(goes_on, 40)


async def _watch_for(viewer: Watching, port: int, *, messages: int, last_id: str = "") -> None:
    task = asyncio.create_task(viewer.watch(port, last_id))
    await eventually_async(lambda: len(viewer.kinds) >= messages)
    task.cancel()
    await asyncio.wait([task])


async def test_after_a_restart_a_viewer_begins_with_a_fresh_frame() -> None:
    viewer = Watching()
    async with _server() as (_, port):
        await _watch_for(viewer, port, messages=3)
    old = viewer.last_id
    async with _server() as (_, port):
        again = Watching()
        await _watch_for(again, port, messages=2, last_id=old)
        assert again.kinds[:2] == ["frame", "diff"]
        assert again.last_id.split(".")[0] != old.split(".")[0]


async def test_a_server_that_is_told_to_stop_ends_its_streams_at_once() -> None:
    async with _server() as (process, port):
        viewer = Watching()
        task = asyncio.create_task(viewer.watch(port))
        await eventually_async(lambda: len(viewer.kinds) >= 2)
        os.kill(process.pid, signal.SIGTERM)
        await asyncio.wait_for(task, 10)
        assert viewer.ended
        await asyncio.wait_for(process.wait(), 10)
