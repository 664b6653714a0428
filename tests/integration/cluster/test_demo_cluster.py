"""`antflow demo --cluster` as a user runs it: everything real, and nothing left behind."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from polling import eventually
from processes import Child
from running_demo import ENDS_WITHIN, MAIN, Demo

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

COMMAND = [*MAIN, "demo", "--cluster"]


@pytest.fixture
def start_demo(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    demos: list[Demo] = []

    def start(*options: str) -> Demo:
        demos.append(Demo(tmp_path, "--cluster", *options))
        return demos[-1]

    yield start
    for demo in demos:
        demo.kill()


def test_workers_fail_succeed_and_show_a_tree(start_demo: Callable[..., Demo]) -> None:
    demo = start_demo("--rate", "20", "--limit", "60")
    eventually(demo.works, 80, interval=0.2, what=demo.story)
    eventually(lambda: len(demo.get("frame")["workers"]) == 3, 80, what=demo.story)
    failed = demo.get("tasks?search=state:failed&limit=1")["tasks"][0]
    assert "Error" in failed["exception"]
    assert "ast.parse" in demo.get(f"tasks/{failed['id']}")["task"]["traceback"]
    stored = demo.get("tasks?search=state:succeeded%20name:store&limit=1")["tasks"][0]
    assert stored["root_id"] != stored["id"]
    assert len({task["queue"] for task in demo.get("tasks?limit=100")["tasks"]}) >= 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything(start_demo: Callable[..., Demo], number: int) -> None:
    demo = start_demo("--rate", "20", "--limit", "60")
    eventually(demo.works, 80, interval=0.2, what=demo.story)
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
    eventually(demo.works, 80, interval=0.2, what=demo.story)
    os.kill(demo.workers()[0], signal.SIGKILL)
    succeeded = demo.get("frame")["totals"]["succeeded"]
    eventually(lambda: demo.get("frame")["totals"]["succeeded"] > succeeded + 10, 30, interval=0.2)
    demo.child.process.send_signal(signal.SIGINT)
    assert demo.child.process.wait(ENDS_WITHIN) == 0
    eventually(lambda: not demo.left(), 2, what=lambda: str(demo.left()))


def test_workers_notice_that_the_demo_was_killed(start_demo: Callable[..., Demo]) -> None:
    demo = start_demo("--rate", "20", "--limit", "60")
    eventually(demo.works, 80, interval=0.2, what=demo.story)
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
