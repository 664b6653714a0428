"""`antflow demo --cluster` as a user runs it: everything real, and nothing left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from polling import eventually
from processes import Child

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

# promised are 10 seconds; the rest is for a busy machine
ENDS_WITHIN = 40.0
COMMAND = [sys.executable, "-c", "from antflow.cli import main; main()", "demo", "--cluster"]


class Demo:
    def __init__(self, folder: Path, *options: str) -> None:
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        env = {"TMPDIR": str(self.temporary), "XDG_STATE_HOME": str(folder / "state")}
        self.child = Child([*COMMAND, "--port", "0", *options], folder / "demo.log", env)

    def address(self) -> str:
        def shown() -> str | None:
            assert self.child.alive, self.child.tail()
            found = re.search(r"Open (http://\S+)", self.child.tail())
            return found and found[1]

        return eventually(shown, 30, what=self.child.tail)

    def get(self, path: str) -> Any:
        url = f"{self.address()}api/v1/sources/demo/{path}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.loads(answer.read())

    def processes(self) -> dict[int, str]:
        """Pids and commands of all that have the demo's folder in their environment."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdecimal() or int(entry.name) == os.getpid():
                continue
            try:
                if str(self.temporary).encode() in (entry / "environ").read_bytes():
                    found[int(entry.name)] = (entry / "cmdline").read_text()
            except OSError:
                continue
        return found

    def workers(self) -> list[int]:
        """Pids of the workers' main processes."""
        mains = {
            pid: (int((Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[1]))
            for pid, command in self.processes().items()
            if "antflow.demo.cluster.worker" in command
        }
        return [pid for pid, parent in mains.items() if parent == self.child.pid]

    def left(self) -> list[object]:
        return [*self.processes().values(), *self.temporary.iterdir()]

    def works(self) -> bool:
        totals = self.get("frame")["totals"]
        return bool(totals["succeeded"] > 20 and totals["failed"])


@pytest.fixture
def start_demo(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    demos: list[Demo] = []

    def start(*options: str) -> Demo:
        demos.append(Demo(tmp_path, *options))
        return demos[-1]

    yield start
    for demo in demos:
        demo.child.kill()
        for pid in demo.processes():
            os.kill(pid, signal.SIGKILL)
        print(demo.child.tail())


def test_workers_fail_succeed_and_show_a_tree(start_demo: Callable[..., Demo]) -> None:
    demo = start_demo("--rate", "20", "--limit", "60")
    eventually(demo.works, 40, interval=0.2, what=demo.child.tail)
    frame = demo.get("frame")
    assert len(frame["workers"]) == 3
    failed = demo.get("tasks?search=state:failed&limit=1")["tasks"][0]
    assert "Error" in failed["exception"]
    assert "ast.parse" in demo.get(f"tasks/{failed['id']}")["task"]["traceback"]
    stored = demo.get("tasks?search=state:succeeded%20name:store&limit=1")["tasks"][0]
    assert stored["root_id"] != stored["id"]
    assert len({task["queue"] for task in demo.get("tasks?limit=100")["tasks"]}) >= 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything(start_demo: Callable[..., Demo], number: int) -> None:
    demo = start_demo("--rate", "20", "--limit", "60")
    eventually(demo.works, 40, interval=0.2, what=demo.child.tail)
    demo.child.process.send_signal(number)
    assert demo.child.process.wait(ENDS_WITHIN) == 0
    eventually(lambda: not demo.left(), 2, what=lambda: str(demo.left()))


def test_a_signal_during_the_start_ends_everything(start_demo: Callable[..., Demo]) -> None:
    demo = start_demo()
    eventually(lambda: list(demo.temporary.glob("*")), 30)
    demo.child.process.send_signal(signal.SIGTERM)
    demo.child.process.wait(ENDS_WITHIN)
    eventually(lambda: not demo.left(), 2, what=lambda: str(demo.left()))


def test_nothing_is_left_where_a_worker_was_killed(start_demo: Callable[..., Demo]) -> None:
    demo = start_demo("--rate", "20", "--limit", "60")
    eventually(demo.works, 40, interval=0.2, what=demo.child.tail)
    os.kill(demo.workers()[0], signal.SIGKILL)
    succeeded = demo.get("frame")["totals"]["succeeded"]
    eventually(lambda: demo.get("frame")["totals"]["succeeded"] > succeeded + 10, 30, interval=0.2)
    demo.child.process.send_signal(signal.SIGINT)
    assert demo.child.process.wait(ENDS_WITHIN) == 0
    eventually(lambda: not demo.left(), 2, what=lambda: str(demo.left()))


def test_workers_notice_that_the_demo_was_killed(start_demo: Callable[..., Demo]) -> None:
    demo = start_demo("--rate", "20", "--limit", "60")
    eventually(demo.works, 40, interval=0.2, what=demo.child.tail)
    os.kill(demo.workers()[0], signal.SIGKILL)
    os.kill(demo.child.pid, signal.SIGKILL)
    demo.child.process.wait(5)
    eventually(lambda: not demo.left(), ENDS_WITHIN, what=lambda: str(demo.left()))


def test_it_stops_by_itself_after_its_time(start_demo: Callable[..., Demo]) -> None:
    demo = start_demo("--seconds", "3")
    assert demo.child.process.wait(60) == 0
    assert not demo.left()


def test_a_port_that_is_taken_is_said_and_nothing_stays(start_demo: Callable[..., Demo]) -> None:
    first = start_demo()
    port = first.address().rsplit(":", 1)[1].strip("/")
    env = {"TMPDIR": str(first.temporary)}
    second = Child([*COMMAND, "--port", port], first.temporary.parent / "second.log", env)
    assert second.process.wait(30) == 1
    assert port in second.tail()
    assert len(list(first.temporary.glob("antflow-demo-cluster-*"))) == 1
