"""W2: a viewer that comes back sees what a fresh one sees, also after the server was restarted."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from polling import eventually

from antflow.web.stream import applied

PROGRAM = """
import sys
from antflow.web import Settings, serve
from antflow.web.sources.fake import FakeSource
source = FakeSource("s", kind="pipeline", workers=20, tasks=500, rate=200.0)
serve(source, Settings(port=int(sys.argv[1])), on_ready=lambda shown: print(shown, flush=True))
"""
Start = Callable[[], "subprocess.Popen[str]"]


class View:
    """What a page shows: it applies what comes, and knows the id of the last message."""

    def __init__(self) -> None:
        self.last_id = ""
        self.frame: dict[str, Any] = {}
        self.kinds: list[str] = []
        self.at_id: dict[str, dict[str, Any]] = {}

    def watch(self, address: str, messages: int) -> None:
        """Take so many messages, from where the last stream ended."""
        headers = {"Last-Event-ID": self.last_id} if self.last_id else {}
        self.kinds = []
        with httpx2.stream(
            "GET", f"{address}/api/v1/stream", headers=headers, timeout=20
        ) as answer:
            assert answer.status_code == 200
            for line in answer.iter_lines():
                self._take(line)
                if len(self.kinds) >= messages:
                    return

    def _take(self, line: str) -> None:
        name, _, value = line.partition(": ")
        if name == "id":
            self.last_id = value
        elif name == "data":
            said = json.loads(value)
            whole = "frame" in said
            self.frame = said["frame"] if whole else applied(self.frame, said["patch"])
            self.kinds.append("frame" if whole else "diff")
            self.at_id[self.last_id] = self.frame


@pytest.fixture
def port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        number: int = found.getsockname()[1]
        return number


@pytest.fixture
def start(port: int) -> Iterator[Start]:
    """Starts the server on the same port each time."""
    with contextlib.ExitStack() as stack:

        def begin() -> subprocess.Popen[str]:
            command = [sys.executable, "-c", PROGRAM, str(port)]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            stack.callback(process.wait, 30)
            stack.callback(process.kill)
            assert process.stdout is not None
            stack.callback(process.stdout.close)
            assert process.stdout.readline().startswith("http://")
            return process

        yield begin


def both_at_one_moment(address: str, back: View) -> None:
    """The one who came back shows what a fresh viewer shows at the same message."""
    fresh = View()

    def compared() -> bool:
        with httpx2.stream("GET", f"{address}/api/v1/stream", timeout=20) as held:
            lines = held.iter_lines()
            next(lines)  # the ticker runs while somebody watches, so both see its numbers
            fresh.watch(address, 2)
            back.watch(address, 4)
            for line in lines:
                fresh._take(line)
                if fresh.last_id == back.last_id and "data" in line:
                    break
        return back.last_id in fresh.at_id

    eventually(compared, 60)
    assert fresh.at_id[back.last_id] == back.at_id[back.last_id]


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_after_a_restart_the_view_equals_a_fresh_one(
    start: Start, port: int, end: signal.Signals
) -> None:
    address = f"http://127.0.0.1:{port}"
    server, back = start(), View()
    back.watch(address, 4)
    old = back.last_id
    server.send_signal(end)
    server.wait(30)
    start()
    back.watch(address, 2)
    assert back.kinds[0] == "frame"
    assert back.last_id.split(".")[0] != old.split(".")[0]
    both_at_one_moment(address, back)


def test_who_comes_back_to_the_same_server_gets_what_was_missed(start: Start, port: int) -> None:
    address = f"http://127.0.0.1:{port}"
    start()
    back = View()
    back.watch(address, 3)
    epoch = back.last_id.split(".")[0]

    def goes_on() -> bool:
        # again where a busy machine let more than a frame's worth of differences pass
        back.watch(address, 3)
        return back.kinds[0] == "diff"

    eventually(goes_on, 40)
    assert back.last_id.split(".")[0] == epoch
    both_at_one_moment(address, back)


@pytest.mark.parametrize("last_id", ["x", "0.1", "….…", "a.b.c.d", "9" * 500])
def test_an_id_of_nowhere_begins_with_a_whole_frame(start: Start, port: int, last_id: str) -> None:
    start()
    view = View()
    address = f"http://127.0.0.1:{port}/api/v1/stream"
    headers = {b"Last-Event-ID": last_id.encode()}
    with httpx2.stream("GET", address, headers=headers, timeout=20) as answer:
        for line in answer.iter_lines():
            view._take(line)
            if view.kinds:
                break
    assert view.kinds == ["frame"]
