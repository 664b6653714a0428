"""`antflow web` as a user runs it: a real broker, a real worker, and what they tell."""

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
from workers import SUPPORT, WorkerProcess

SLOW = 40.0
GIVEN = {
    "broker": ["--broker", "{broker}", "--result-backend", "{backend}"],
    "app": ["-A", "celery_apps.configured:app"],
}


class Web:
    """`antflow web`, in a folder of its own, on a free port.

    Args:
        worker: whose broker and results are watched.
        folder: where its history and its log are.
        cluster: how the command line names the cluster.
    """

    def __init__(self, worker: WorkerProcess, folder: Path, cluster: str = "broker") -> None:
        named = [
            word.format(broker=worker.broker, backend=worker.backend) for word in GIVEN[cluster]
        ]
        self.log = folder / f"web-{len(list(folder.iterdir()))}.log"
        env: dict[str, str | None] = {
            "PYTHONPATH": os.pathsep.join([str(SUPPORT), os.environ.get("PYTHONPATH", "")]),
            "ANTFLOW_TEST_BROKER": worker.broker,
            "ANTFLOW_TEST_BACKEND": worker.backend,
            "ANTFLOW_TEST_CONF": "{}",
        }
        command = [sys.executable, "-m", "antflow", "web", *named, "--port", "0"]
        command += ["--db", f"sqlite:///{folder / 'history.db'}"]
        self.child = Child(command, self.log, env, cwd=folder)

    @property
    def address(self) -> str:
        """What it printed, with a slash at the end."""

        def shown() -> str:
            assert self.child.alive, self.child.tail()
            found = re.search(r"antflow is on (http://127\.0\.0\.1:\d+/)", self.child.tail())
            return found[1] if found else ""

        return eventually(shown, SLOW, what=self.child.tail)

    def fetch(self, path: str, body: object = None) -> Any:
        """An answer of the API about the cluster."""
        data = None if body is None else json.dumps(body).encode()
        url = f"{self.address}api/v1/sources/cluster/{path}"
        request = urllib.request.Request(url, data, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read())

    def found(self, search: str) -> list[dict[str, Any]]:
        """Tasks that match."""
        return list(self.fetch(f"tasks?search={search}")["tasks"])

    def sees(self, worker: WorkerProcess) -> bool:
        """Whether the worker is there and takes tasks."""
        states = {one["name"]: one["status"] for one in self.fetch("workers")}
        return states.get(worker.hostname) == "idle"


@pytest.fixture
def worker(redis_url: str, backend_url: str, start_worker: Callable[..., Any]) -> WorkerProcess:
    started: WorkerProcess = start_worker(redis_url, backend_url)
    return started


@pytest.fixture
def start(worker: WorkerProcess, tmp_path: Path) -> Iterator[Callable[..., Web]]:
    folder = tmp_path / "web"
    folder.mkdir()
    started: list[Web] = []

    def begin(**options: Any) -> Web:
        started.append(Web(worker, folder, **options))
        eventually(lambda: started[-1].sees(worker), SLOW, what=started[-1].child.tail)
        return started[-1]

    yield begin
    for web in started:
        web.child.kill()
        print(web.child.tail())


@pytest.mark.parametrize("cluster", GIVEN)
def test_it_shows_the_workers_and_what_becomes_of_their_tasks(
    cluster: str, start: Callable[..., Web], worker: WorkerProcess
) -> None:
    web = start(cluster=cluster)
    done = worker.make_app().send_task("tests.add", (20, 22))
    failed = worker.make_app().send_task("tests.fail", ("no luck",))
    eventually(lambda: len(web.found("state:success")) == 1, SLOW)
    eventually(lambda: len(web.found("state:failure")) == 1, SLOW)
    task = web.fetch(f"tasks/{done.id}")["task"]
    assert (task["name"], task["result"], task["worker"]) == ("tests.add", "42", worker.hostname)
    (group,) = eventually(lambda: web.fetch("frame")["failures"], SLOW)
    assert (group["exception"], group["newest"]) == ("NeverMendedError", failed.id)


def test_its_commands_reach_the_worker(start: Callable[..., Web], worker: WorkerProcess) -> None:
    web = start()
    body = {"target": worker.hostname, "arguments": {"n": 2}}
    (answer,) = web.fetch("commands/worker.pool_grow", body)["answers"]
    assert (answer["who"], answer["ok"]) == (worker.hostname, True)
    control = worker.make_app().control

    def processes() -> int:
        inspect = control.inspect(destination=[worker.hostname], timeout=5.0, limit=1)
        return len((inspect.stats() or {})[worker.hostname]["pool"]["processes"])

    eventually(lambda: processes() == 3, SLOW)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_it_saw_is_there_when_it_starts_again(
    number: signal.Signals, start: Callable[..., Web], worker: WorkerProcess
) -> None:
    """A signal ends it, and the history is whole."""
    web = start()
    sent = {worker.make_app().send_task("tests.add", (1, one)).id for one in range(5)}
    eventually(lambda: len(web.found("state:success")) == 5, SLOW)
    web.child.process.send_signal(number)
    web.child.process.wait(30)
    again = start()
    assert {task["id"] for task in again.found("state:success")} == sent
