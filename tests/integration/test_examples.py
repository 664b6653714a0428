"""Every example runs as it stands in the repository."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SERVERS = {"websocket_dashboard", "fastapi_dashboard"}


def run(name: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def test_every_example_has_a_test() -> None:
    names = {path.stem for path in EXAMPLES.glob("*.py")}
    assert names == SERVERS | {"quickstart", "worker_tracking", "live_dashboard", "llm_calls"}


def test_quickstart_prints_its_results_and_what_failed() -> None:
    output = run("quickstart")
    assert "195 pages, " in output
    assert "5 failed items" in output
    assert "ConnectionError: 5" in output


def test_worker_tracking_tells_the_workers_apart() -> None:
    output = run("worker_tracking")
    assert "'Resize-W3'" in output
    assert "Resize-W0: took " in output
    assert "picture_007 failed with Resize-W" in output
    history = output.partition("history of picture_007:")[2].split()
    assert history[::2] == ["queued", "in_progress", "failed"]


def test_live_dashboard_ends_with_every_file() -> None:
    output = run("live_dashboard")
    assert "workers were busy at once" in output


def test_llm_calls_are_never_refused_as_too_fast() -> None:
    output = run("llm_calls")
    assert "80 answers in " in output
    assert "a summary of the document 'report-0.txt'" in output
    assert " 0 refused as too fast" in output


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_websocket_dashboard_sends_a_snapshot_then_events_then_the_end() -> None:
    pytest.importorskip("fastapi")
    from fastapi.testclient import TestClient

    module = load("websocket_dashboard")
    with TestClient(module.app) as client:
        assert "/ws/dashboard" in client.get("/").text
        with client.websocket_connect("/ws/dashboard") as socket:
            messages = [socket.receive_json()]
            while messages[-1]["type"] != "end":
                messages.append(socket.receive_json())
    assert messages[0]["type"] == "init"
    assert set(messages[0]["workers"]) == {f"Work-W{number}" for number in range(5)}
    completed = [each for each in messages if each.get("status") == "completed"]
    assert len(completed) == module.ITEMS - 3
    assert messages[-1]["stats"] == {"processed": 57, "failed": 3, "queues": {"Work": 0}}


class ClosingPage:
    """A browser that goes away at the first event."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.left = asyncio.Event()

    async def accept(self) -> None:
        pass

    async def send_json(self, message: dict[str, Any]) -> None:
        self.sent.append(message)
        if message["type"] == "event":
            self.left.set()

    async def receive_text(self) -> str:
        from fastapi import WebSocketDisconnect

        await self.left.wait()
        raise WebSocketDisconnect


async def test_a_page_that_closes_ends_its_run() -> None:
    pytest.importorskip("fastapi")
    module = load("websocket_dashboard")
    page = ClosingPage()
    await module.dashboard_endpoint(page)
    kinds = [message["type"] for message in page.sent]
    assert kinds[0] == "init"
    assert "end" not in kinds
    assert len(kinds) < module.ITEMS * 3
