"""`python -m benchmarks.stream [--seconds N] [--normal N] [--slow N]`: many viewers of one server.

A server in a process of its own shows a source of 200 workers. Normal viewers read all that
comes; slow ones, with the smallest receive buffer, read one byte a second. What is measured: from
the moment that a frame tells of to its last byte at a normal viewer; the server's memory; how
many of the slow ones the server has closed at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import re
import socket
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import Row, table

WORKERS = 200
TASKS = 5_000
PROGRESS = 0.05
_REQUEST = "GET /api/v1/stream?source=s HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n"
_AT = re.compile(rb'"at":([0-9.]+)')


@dataclass(frozen=True)
class Load:
    """What the server has to bear.

    Attributes:
        normal: viewers that read as fast as they can.
        slow: viewers that read one byte a second.
        seconds: how long, from the moment that the slow ones have come.
        patience: seconds for which a viewer may take nothing; None: the server's default.
    """

    normal: int = 200
    slow: int = 50
    seconds: float = 60.0
    patience: float | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes:
        delays: seconds from each frame to each normal viewer, sorted.
        grown: megabytes that the server grew by at most.
        slow_left: slow viewers that are still served.
        normal_left: normal viewers that are still served.
    """

    delays: list[float]
    grown: float
    slow_left: int
    normal_left: int

    def percentile(self, share: float) -> float:
        """The delay that this share of all frames keeps below, seconds."""
        return self.delays[min(len(self.delays) - 1, int(len(self.delays) * share))]


def serve(patience: float | None) -> None:
    """Serve until told to stop; prints the address."""
    from antflow.web import Settings
    from antflow.web.server import serve as run
    from antflow.web.sources import FakeSource
    from antflow.web.stream import Streams

    if patience is not None:
        assert Streams.__init__.__kwdefaults__ is not None
        Streams.__init__.__kwdefaults__["patience"] = patience
    source = FakeSource("s", kind="pipeline", workers=WORKERS, tasks=TASKS, rate=400.0)
    run(source, Settings(port=0), on_ready=lambda shown: print(shown, flush=True))


@contextlib.asynccontextmanager
async def _server(patience: float | None) -> AsyncIterator[tuple[Process, int]]:
    command = [sys.executable, "-m", "benchmarks.stream", "--serve"]
    if patience is not None:
        command += ["--patience", str(patience)]
    root = Path(__file__).parent.parent
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, cwd=root)
    assert process.stdout is not None
    try:
        address = await asyncio.wait_for(process.stdout.readline(), 30)
        yield process, int(address.strip().rstrip(b"/").rpartition(b":")[2])
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _note(line: bytes, delays: list[float]) -> None:
    if at := _AT.search(line):
        delays.append(time.time() - float(at[1]))


async def _watch(port: int, delays: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    writer.write(_REQUEST.format(port=port).encode())
    try:
        async for line in reader:
            if line.startswith(b"data: "):
                _note(line, delays)
    finally:
        writer.close()


async def _dribble(port: int) -> None:
    """Read a byte a second until the server ends it."""
    loop = asyncio.get_running_loop()
    with socket.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        peer.setblocking(False)
        await loop.sock_connect(peer, ("127.0.0.1", port))
        await loop.sock_sendall(peer, _REQUEST.format(port=port).encode())
        with contextlib.suppress(ConnectionError):
            # What came before a reset stays readable, so the reset itself is looked for.
            while not peer.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                if not await loop.sock_recv(peer, 1):
                    return
                await asyncio.sleep(1.0)


def resident_megabytes(pid: int) -> float:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


async def measure(load: Load) -> Outcome:
    """Bear the load on a server of its own."""
    async with _server(load.patience) as (process, port):
        delays: list[list[float]] = [[] for _ in range(load.normal)]
        normal = [asyncio.create_task(_watch(port, each)) for each in delays]
        while not all(len(each) > 1 for each in delays):  # noqa: ASYNC110 — a look at lists is cheap
            await asyncio.sleep(PROGRESS)
        for each in delays:
            each.clear()
        before = resident_megabytes(process.pid)
        slow = [asyncio.create_task(_dribble(port)) for _ in range(load.slow)]
        grown = await _most_grown(process.pid, before, load.seconds)
        outcome = Outcome(
            sorted(delay for each in delays for delay in each),
            grown,
            sum(not task.done() for task in slow),
            sum(not task.done() for task in normal),
        )
        for task in (*normal, *slow):
            task.cancel()
        await asyncio.gather(*normal, *slow, return_exceptions=True)
        return outcome


async def _most_grown(pid: int, before: float, seconds: float) -> float:
    end, most = time.monotonic() + seconds, 0.0
    while time.monotonic() < end:
        await asyncio.sleep(min(0.5, seconds))
        most = max(most, resident_megabytes(pid) - before)
    return most


def rows(load: Load, found: Outcome) -> list[Row]:
    """The figures beside what is promised."""
    who = f"{load.normal} viewers beside {load.slow} slow ones, {load.seconds:g} s"
    p50, p99 = found.percentile(0.5) * 1000, found.percentile(0.99) * 1000
    note = f"median {p50:.0f} ms, {len(found.delays):,} frames; reading them is in it"
    return [
        Row("w1", f"p99 of a frame, {who}", p99, "ms", 500, note=note),
        Row("w1", "memory that the server grew by", found.grown, "MB", 50),
        Row("w1", "slow viewers that were not closed", float(found.slow_left), "", 0),
        Row("w1", "normal viewers kept", float(found.normal_left), "", load.normal, at_least=True),
    ]


def main(words: list[str] | None = None) -> int:
    """Measure and print the table; 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stream")
    parser.add_argument("--normal", type=int, default=200, help="viewers that read")
    parser.add_argument("--slow", type=int, default=50, help="viewers of one byte a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--patience", type=float, help="default: the server's own")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    told = parser.parse_args(words)
    if told.serve:
        serve(told.patience)
        return 0
    load = Load(told.normal, told.slow, told.seconds, told.patience)
    found = rows(load, asyncio.run(measure(load)))
    print(table(found))
    return 0 if all(row.kept for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
