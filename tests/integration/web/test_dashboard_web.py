"""`pipeline.run(items, dashboard="web")`: the page of a run, for as long as the run."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from polling import eventually, eventually_async
from processes import Child, free_port

from antflow import Pipeline, Stage
from antflow.web.dashboard import WebDashboard, settings_for

SOURCE = "api/v1/sources/pipeline"
PROGRAM = """
import asyncio
from antflow import Pipeline

async def work(number):
    await asyncio.sleep(0.02)
    return number

async def main():
    await Pipeline.quick(range({items}), work, workers=2, dashboard="web")

asyncio.run(main())
print("done")
"""


class Held:
    """A stage that holds its items until they are let go; the fifth of ten fails."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.pipeline = Pipeline([Stage("Work", workers=2, tasks=[self.work])])

    async def work(self, number: int) -> int:
        await self.go.wait()
        if number % 10 == 5:
            raise ValueError(f"{number} does not work")
        return number


def fetch(address: str, path: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address + path, data, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())


async def ask(display: WebDashboard, path: str, body: object = None) -> Any:
    assert display.address is not None
    return await asyncio.to_thread(fetch, display.address, f"{SOURCE}/{path}", body)


async def shown(display: WebDashboard) -> None:
    await eventually_async(lambda: display.address is not None, 20)


def servers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "antflow-web"]


async def test_the_page_shows_the_run_and_ends_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    held, display = Held(), WebDashboard(port=0)
    run = asyncio.create_task(held.pipeline.run(range(10), custom_dashboard=display))
    await shown(display)
    frame = await ask(display, "frame")
    assert frame["totals"]["expected"] == 10
    assert [group["name"] for group in frame["groups"]] == ["Work"]
    assert f"The page of this run: {display.address}" in capsys.readouterr().err
    held.go.set()
    assert len(await run) == 9
    assert display.address is None
    assert servers() == []


async def test_the_run_is_steered_from_the_page() -> None:
    held, display = Held(), WebDashboard(port=0)
    run = asyncio.create_task(held.pipeline.run(range(10), custom_dashboard=display))
    await shown(display)
    body = {"target": "Work", "arguments": {"n": 3}}
    (answer,) = (await ask(display, "commands/group.pool_grow", body))["answers"]
    assert answer["ok"]
    assert len(held.pipeline.get_worker_names()["Work"]) == 5
    held.go.set()
    await run


async def test_items_can_be_looked_up_though_the_pipeline_has_no_tracker() -> None:
    held, display = Held(), WebDashboard(port=0)
    run = asyncio.create_task(held.pipeline.run(range(10), custom_dashboard=display))
    await shown(display)
    assert (await ask(display, "tasks"))["total"] > 0
    last = await ask(display, "events?limit=5")
    assert set(last) == {"last", "events"}
    held.go.set()
    await run
    assert held.pipeline.tracker is None


async def test_a_task_that_blocks_the_loop_does_not_freeze_the_page() -> None:
    told: list[dict[str, Any]] = []
    refused: list[int] = []

    async def block(number: int) -> int:
        assert display.address is not None
        answer: dict[str, Any] = {}
        end = time.monotonic() + 30
        while answer.get("state") != "stale" and time.monotonic() < end:
            answer = fetch(display.address, f"{SOURCE}/frame")["health"]  # on the loop, on purpose
        told.append(answer)
        try:
            fetch(display.address, f"{SOURCE}/tasks")
        except urllib.error.HTTPError as error:
            refused.append(error.code)
        return number

    display = WebDashboard(port=0)
    await Pipeline([Stage("Block", workers=1, tasks=[block])]).run([1], custom_dashboard=display)
    assert told[0]["state"] == "stale"
    assert "blocking the event loop" in told[0]["reason"]
    assert refused == [503]


async def test_those_who_watch_get_the_final_state() -> None:
    held, display = Held(), WebDashboard(port=0)
    run = asyncio.create_task(held.pipeline.run(range(10), custom_dashboard=display))
    await shown(display)
    stream = urllib.request.urlopen(f"{display.address}api/v1/stream?source=pipeline", timeout=20)
    watching = asyncio.create_task(asyncio.to_thread(stream.read))
    await asyncio.sleep(0)
    held.go.set()
    await run
    text = (await watching).decode()
    stream.close()
    assert text.startswith("id:") or "event: frame" in text
    assert '"state":"finished"' in text.replace(" ", "")
    assert '"succeeded":9' in text.replace(" ", "")


async def test_a_run_that_is_cancelled_takes_the_page_with_it() -> None:
    held, display = Held(), WebDashboard(port=0)
    run = asyncio.create_task(held.pipeline.run(range(10), custom_dashboard=display))
    await shown(display)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert servers() == []


async def test_a_port_that_is_taken_leaves_the_run_without_a_page(
    caplog: pytest.LogCaptureFixture,
) -> None:
    held = Held()
    held.go.set()
    with socket.create_server(("127.0.0.1", 0)) as other:
        display = WebDashboard(port=other.getsockname()[1])
        assert len(await held.pipeline.run(range(4), custom_dashboard=display)) == 4
    assert "in use already" in caplog.text


def test_the_usual_port_gives_way_to_a_free_one() -> None:
    try:
        taken = socket.create_server(("127.0.0.1", 5555))
    except OSError:
        taken = None  # somebody has it already
    try:
        assert settings_for(None).port == 0
    finally:
        if taken is not None:
            taken.close()
    assert settings_for(free := free_port()).port == free


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("antflow.web.")]:
        if name not in ("antflow.web.dashboard", "antflow.web.settings"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(ModuleNotFoundError, match=r"antflow\[web\].* uvicorn"):
        WebDashboard()


def test_a_program_ends_by_itself_after_its_run(tmp_path: Path) -> None:
    child = Child([sys.executable, "-W", "error", "-c", PROGRAM.format(items=20)], tmp_path / "log")
    assert child.process.wait(60) == 0, child.tail()
    assert "The page of this run: http://127.0.0.1:" in child.tail()
    assert child.tail().endswith("done")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_ends_the_program_while_somebody_watches(tmp_path: Path) -> None:
    child = Child([sys.executable, "-c", PROGRAM.format(items=100_000)], tmp_path / "log")
    try:
        found = eventually(lambda: re.search(r"http://\S+", child.tail()), 30, what=child.tail)
        with urllib.request.urlopen(f"{found[0]}api/v1/stream?source=pipeline", timeout=10) as page:
            assert page.read(3)
            child.process.send_signal(signal.SIGINT)
            child.process.wait(30)
        assert "KeyboardInterrupt" in child.tail()
    finally:
        child.kill()
