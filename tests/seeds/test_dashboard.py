"""The examples of the dashboard and monitoring text."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from antflow import DashboardSnapshot, Pipeline, PipelineDashboard, Stage, StatusTracker
from antflow.testing import Gate, run_virtual, until

FOLDER = Path(__file__).parent / "dashboard"


async def double(value: int) -> int:
    await asyncio.sleep(3)
    return 2 * value


async def fail_even(value: int) -> int:
    if value % 2 == 0:
        raise ValueError(f"{value} is even")
    return value


def watched(*tasks: Any, workers: int = 2) -> tuple[Pipeline, StatusTracker, PipelineDashboard]:
    tracker = StatusTracker()
    stage = Stage(name="Process", workers=workers, tasks=list(tasks), task_attempts=1)
    pipeline = Pipeline([stage], status_tracker=tracker)
    return pipeline, tracker, PipelineDashboard(pipeline, tracker)


async def ran(*tasks: Any, workers: int = 1) -> tuple[Pipeline, PipelineDashboard]:
    """Six items through one worker: three of them fail."""
    pipeline, _, dashboard = watched(*(tasks or [fail_even]), workers=workers)
    await pipeline.run(range(6))
    return pipeline, dashboard


async def test_quick_start(play: Any, capsys: pytest.CaptureFixture[str]) -> None:
    names = await play("dashboard/quick_start", my_task=double)
    assert capsys.readouterr().out == "Active workers: 0\nItems processed: 0\n"
    assert isinstance(names["snapshot"], DashboardSnapshot)


async def test_querying_worker_states(play: Any, capsys: pytest.CaptureFixture[str]) -> None:
    gate = Gate()
    pipeline, *_ = watched(gate)
    run = asyncio.create_task(pipeline.run([{"id": "x", "value": 1}]))
    await until(lambda: gate.held == [1])
    names = await play("dashboard/querying_worker_states", pipeline=pipeline)
    gate.open()
    await run
    printed = capsys.readouterr().out
    assert set(names["states"]) == {"Process-W0", "Process-W1"}
    assert printed.count("  Status: busy\n  Current item: x\n  Processing since: 1") == 1
    assert "  Status: idle\n  Current item: None\n  Processing since: None\n" in printed


async def test_finding_busy_workers(play: Any, capsys: pytest.CaptureFixture[str]) -> None:
    gate = Gate()
    pipeline, *_ = watched(gate, workers=3)
    run = asyncio.create_task(pipeline.run([1, 2]))
    await until(lambda: len(gate.held) == 2)
    names = await play("dashboard/finding_busy_workers", pipeline=pipeline)
    gate.open()
    await run
    assert sorted(item for _, item in names["busy_workers"]) == [0, 1]
    first, *others = capsys.readouterr().out.splitlines()
    assert first == "Busy workers: 2"
    assert sorted(line.partition("processing ")[2] for line in others) == ["item 0", "item 1"]


async def test_querying_performance_metrics(play: Any, capsys: pytest.CaptureFixture[str]) -> None:
    pipeline, _ = await ran()
    await play("dashboard/querying_performance_metrics", pipeline=pipeline)
    printed = capsys.readouterr().out
    expected = (
        r"Process-W0:\n  Items processed: 3\n  Items failed: 3\n"
        r"  Avg processing time: 0\.\d{3}s\n  Last active: \d+\.\d+\n"
    )
    assert re.fullmatch(expected, printed)


async def test_top_performers(play: Any, capsys: pytest.CaptureFixture[str]) -> None:
    pipeline, _ = await ran(fail_even, workers=8)
    names = await play("dashboard/top_performers", pipeline=pipeline)
    top = [metric.items_processed for _, metric in names["top_workers"]]
    assert len(top) == 5
    assert top == sorted(top, reverse=True)
    first, *others = capsys.readouterr().out.splitlines()
    assert (first, len(others)) == ("Top 5 workers:", 5)


async def test_complete_snapshot(play: Any, capsys: pytest.CaptureFixture[str]) -> None:
    pipeline, _ = await ran()
    await play("dashboard/complete_snapshot", pipeline=pipeline)
    timestamp, *others = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"Timestamp: \d+\.\d+", timestamp)
    assert others == [
        "Active workers: 0",
        "Total processed: 3",
        "Total failed: 3",
        "Queue sizes: {'Process': 0}",
        "  Process-W0: 3 items",
    ]


async def test_basic_usage(play: Any) -> None:
    pipeline, tracker, _ = watched(fail_even)
    names = await play(
        "dashboard/basic_usage", pipeline=pipeline, tracker=tracker, my_update_callback=print
    )
    assert names["active"] == []
    assert names["idle"] == ["Process-W0", "Process-W1"]
    assert names["utilization"] == {"Process-W0": 0.0, "Process-W1": 0.0}
    assert names["snapshot"].pipeline_stats.items_processed == 0


async def test_subscribing_to_events(play: Any, capsys: pytest.CaptureFixture[str]) -> None:
    pipeline, tracker, dashboard = watched(fail_even, workers=1)
    await play(
        "dashboard/subscribing_to_events", pipeline=pipeline, dashboard=dashboard, items=range(4)
    )
    assert capsys.readouterr().out == "Item 0 failed: 0 is even\nItem 2 failed: 2 is even\n"
    assert tracker.get_delivery_stats() == []


def test_periodic_updates(play: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """At 0, 2, 4, 6 and 8 seconds, and at the end, at 9."""

    async def main() -> None:
        pipeline, tracker, _ = watched(double)
        await play(
            "dashboard/periodic_updates",
            PipelineDashboard=PipelineDashboard,
            pipeline=pipeline,
            tracker=tracker,
            items=range(6),
        )

    run_virtual(main())
    assert capsys.readouterr().out.splitlines() == [
        "Active: 0, Processed: 0",
        "Active: 2, Processed: 0",
        "Active: 2, Processed: 2",
        "Active: 2, Processed: 4",
        "Active: 2, Processed: 4",
        "Active: 0, Processed: 6",
    ]


async def test_worker_utilization(play: Any, capsys: pytest.CaptureFixture[str]) -> None:
    _, dashboard = await ran()
    await play("dashboard/worker_utilization", dashboard=dashboard)
    assert capsys.readouterr().out == "Process-W0: 50.0% success rate\n"


def test_websocket_dashboard(play: Any) -> None:
    """The endpoint returns at once and leaves its run going; the page stays to the run's end."""
    fastapi = pytest.importorskip("fastapi")
    from fastapi.testclient import TestClient

    names = asyncio.run(
        play(
            "dashboard/websocket_dashboard",
            asyncio=asyncio,
            stage=Stage(name="Process", workers=2, tasks=[fail_even], task_attempts=1),
            items=range(4),
        )
    )

    async def stay(websocket: Any) -> None:
        before = asyncio.all_tasks()
        await names["dashboard_endpoint"](websocket)
        await asyncio.gather(*asyncio.all_tasks() - before)
        await websocket.close()

    stay.__annotations__["websocket"] = fastapi.WebSocket
    names["app"].add_api_websocket_route("/ws/stay", stay)
    paths = {route.path for route in names["app"].routes if hasattr(route, "path")}
    with TestClient(names["app"]) as client, client.websocket_connect("/ws/stay") as socket:
        init = socket.receive_json()
        events = [socket.receive_json() for _ in range(12)]
        with pytest.raises(fastapi.WebSocketDisconnect):
            socket.receive_json()
    assert "/ws/dashboard" in paths
    assert init == {
        "type": "init",
        "workers": {
            f"Process-W{number}": {"status": "idle", "current_item": None} for number in range(2)
        },
        "stats": {"processed": 0, "failed": 0, "queues": {"Process": 0}},
    }
    assert set(events[0]) == {"type", "item_id", "status", "worker", "timestamp"}
    story = {n: [e["status"] for e in events if e["item_id"] == n] for n in range(4)}
    ends = [statuses[-1] for statuses in story.values()]
    assert all(statuses[:2] == ["queued", "in_progress"] for statuses in story.values())
    assert ends == ["failed", "completed", "failed", "completed"]


def test_monitoring_loop(play: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """It looks every second, and ends by itself once all is done."""

    async def main() -> None:
        pipeline, *_ = watched(double)
        await play("dashboard/monitoring_loop", asyncio=asyncio, pipeline=pipeline, items=range(4))
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})

    run_virtual(main())
    looks = capsys.readouterr().out.split("\r")[1:]
    assert looks[0] == "Active: 2/2 | Processed: 0 | Failed: 0"
    assert looks[-1] == "Active: 0/2 | Processed: 4 | Failed: 0"
    assert len(looks) in (6, 7)


def test_complete_example() -> None:
    """It runs as a program of its own, without a warning."""
    ended = subprocess.run(
        [sys.executable, "-W", "error", FOLDER / "complete_example.py"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    printed = ended.stdout.splitlines()
    updates = [line.partition("] ")[2] for line in printed if line.startswith("[")]
    assert updates[0] == "Active: 0, Processed: 0"
    assert updates[-1] == "Active: 0, Processed: 50"
    assert "Starting processing..." in printed
    assert "Completed! Processed 50 items" in printed
    worker = re.compile(r"  Process-W[0-4]: (\d+) items, avg 0\.\d{3}s")
    found = [int(match[1]) for line in printed if (match := worker.fullmatch(line))]
    assert (len(found), sum(found)) == (5, 50)
    assert printed[-1] == "Average utilization: 100.0%"


def test_every_example_has_a_test() -> None:
    played = Path(__file__).read_text(encoding="utf-8")
    assert [path.stem for path in FOLDER.glob("*.py") if path.stem not in played] == []
