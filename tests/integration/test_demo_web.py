"""`antflow demo --web` as a user runs it: a pipeline and a cluster in one page, to steer."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from polling import eventually
from processes import listens
from running_demo import ENDS_WITHIN, Demo

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

QUICK = ("--web", "--limit", "60", "--rate", "20", "--workers", "Parse=4")


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    demo = Demo(tmp_path, *QUICK)
    yield demo
    demo.kill()


def group(demo: Demo, name: str) -> dict[str, Any]:
    groups = demo.get("frame", "pipeline")["groups"]
    return dict(next(one for one in groups if one["name"] == name))


def steer(demo: Demo, verb: str, target: str, **arguments: Any) -> dict[str, Any]:
    body = {"target": target, "arguments": arguments}
    (answer,) = demo.fetch(f"sources/pipeline/commands/{verb}", body)["answers"]
    return dict(answer)


def test_both_are_listed_and_both_make_progress_and_fail(demo: Demo) -> None:
    found = [(source["name"], source["kind"]) for source in demo.fetch("sources")]
    assert found == [("pipeline", "pipeline"), ("cluster", "cluster")]
    eventually(lambda: demo.works("pipeline"), 60, interval=0.2, what=demo.story)
    eventually(lambda: demo.works("cluster"), 60, interval=0.2, what=demo.story)
    for source, line in (("pipeline", "ast.parse"), ("cluster", "ast.parse")):
        failed = demo.get("tasks?search=state:failed&limit=1", source)["tasks"][0]
        assert line in demo.get(f"tasks/{failed['id']}", source)["task"]["traceback"]


def test_a_stage_that_grows_has_a_worker_more_that_works(demo: Demo) -> None:
    before = {worker["name"] for worker in demo.get("workers", "pipeline")}
    assert steer(demo, "group.pool_grow", "Parse", n=1)["ok"]
    eventually(lambda: group(demo, "Parse")["workers"] == 5, 10, interval=0.1)
    (new,) = {worker["name"] for worker in demo.get("workers", "pipeline")} - before

    def works() -> bool:
        workers = demo.get("workers", "pipeline")
        return any(worker["name"] == new and worker["succeeded"] for worker in workers)

    eventually(works, 30, interval=0.2, what=demo.story)


def test_a_paused_stage_takes_nothing_until_it_goes_on(demo: Demo) -> None:
    eventually(lambda: group(demo, "Store")["succeeded"], 30, interval=0.1, what=demo.story)
    assert steer(demo, "group.pause", "Store")["ok"]
    eventually(lambda: group(demo, "Store")["queued"] > 2, 30, interval=0.1)
    stored = group(demo, "Store")["succeeded"]
    assert group(demo, "Store")["paused"]
    assert steer(demo, "group.resume", "Store")["ok"]
    eventually(lambda: group(demo, "Store")["succeeded"] > stored, 30, interval=0.1)


def test_a_retry_mends_what_was_lost_on_the_way(demo: Demo) -> None:
    search = "tasks?search=state:failed%20name:Store&limit=1"
    found = eventually(lambda: demo.get(search, "pipeline")["tasks"], 90, interval=0.2)
    lost = found[0]["id"]
    assert "fed again" in steer(demo, "task.retry", lost)["message"]

    def state() -> str:
        return str(demo.get(f"tasks/{lost}", "pipeline")["task"]["state"])

    eventually(lambda: state() == "completed", 30, interval=0.1, what=state)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_and_leaves_nothing(demo: Demo, number: int) -> None:
    eventually(lambda: demo.works("pipeline", 5), 60, interval=0.2, what=demo.story)
    port = int(demo.address().rsplit(":", 1)[1].strip("/"))
    demo.child.process.send_signal(number)
    assert demo.child.process.wait(ENDS_WITHIN) == 0
    eventually(lambda: not demo.left(), 2, what=lambda: str(demo.left()))
    assert not listens(port)
    assert "Traceback" not in demo.child.tail()


def test_a_signal_while_somebody_watches_ends_all(demo: Demo) -> None:
    with urlopen(
        f"{demo.address()}api/v1/stream?source=pipeline&source=cluster", timeout=20
    ) as page:
        assert page.read(3)
        demo.child.process.send_signal(signal.SIGINT)
        assert demo.child.process.wait(ENDS_WITHIN) == 0
    eventually(lambda: not demo.left(), 2, what=lambda: str(demo.left()))
