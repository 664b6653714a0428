"""The examples of the worker tracking text."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from antflow import Pipeline, PipelineResult, Stage, StatusTracker
from antflow.testing import run_virtual

FOLDER = Path(__file__).parent / "worker_tracking"


async def work(value: Any) -> Any:
    await asyncio.sleep(0.5)
    return value


async def fail_even(value: int) -> int:
    if value % 2 == 0:
        raise ValueError(f"{value} is even")
    return value


def stage(*tasks: Any) -> Stage:
    return Stage(name="Work", workers=3, tasks=list(tasks) or [work], task_attempts=1)


async def use(tracker: StatusTracker, *tasks: Any) -> list[PipelineResult]:
    return await Pipeline([stage(*tasks)], status_tracker=tracker).run(range(6))


async def test_getting_worker_names(play: Any, capsys: pytest.CaptureFixture[str]) -> None:
    names = await play("worker_tracking/getting_worker_names", fetch_data=work, process_data=work)
    shown = ast_of_the_comment("getting_worker_names")
    assert names["worker_names"] == shown
    assert capsys.readouterr().out == f"{shown}\n"


def ast_of_the_comment(name: str) -> Any:
    """What the example's comment says that it prints."""
    text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    lines = [line.removeprefix("#") for line in text.splitlines() if line.startswith("#")]
    return eval("".join(lines))


def test_tracking_worker_assignments(play: Any, capsys: pytest.CaptureFixture[str]) -> None:
    names = run_virtual(
        play(
            "worker_tracking/tracking_worker_assignments",
            Pipeline=Pipeline,
            stage=stage(),
            items=range(9),
        )
    )
    printed = capsys.readouterr().out.splitlines()
    assert len(names["results"]) == 9
    assert set(names["item_to_worker"]) == set(range(9))
    assert set(names["item_to_worker"].values()) == {0, 1, 2}
    started = [line for line in printed if "started processing" in line]
    assert len(started) == 9
    assert f"Worker {names['item_to_worker'][0]} started processing 0" in started
    assert [line for line in printed if "items" in line] == [
        f"Worker {number} processed 3 items" for number in range(3)
    ]


async def test_using_custom_ids(play: Any) -> None:
    tracker = StatusTracker()
    pipeline = Pipeline([stage(lambda value: value)], status_tracker=tracker)
    names = await play(
        "worker_tracking/using_custom_ids", pipeline=pipeline, data1="a", data2="b", user_data="c"
    )
    ids = ["batch_0001", "batch_0002", "user_12345"]
    assert [(result.id, result.value) for result in names["results"]] == list(
        zip(ids, "abc", strict=True)
    )
    status = tracker.get_status("batch_0001")
    assert status is not None
    assert status.worker_id in {0, 1, 2}


async def test_without_custom_ids_items_are_tracked_as_0_1_2() -> None:
    """The text says so in words."""
    tracker = StatusTracker()
    await use(tracker, fail_even)
    assert tracker.get_tracked_ids() == [0, 1, 2, 3, 4, 5]


def test_worker_load_balancing(play: Any) -> None:
    """The tracker of the example, put to use, measures each item at its worker."""

    async def main() -> dict[str, Any]:
        names = await play(
            "worker_tracking/worker_load_balancing", StatusTracker=StatusTracker, start_times={}
        )
        await use(names["tracker"])
        return dict(names)

    times = run_virtual(main())["worker_times"]
    assert {worker: len(found) for worker, found in times.items()} == {0: 2, 1: 2, 2: 2}
    assert [round(each, 3) for found in times.values() for each in found] == [0.5] * 6


def test_live_dashboard(play: Any) -> None:
    class WebSocket:
        def __init__(self) -> None:
            self.sent: list[dict[str, Any]] = []

        async def send_json(self, message: dict[str, Any]) -> None:
            self.sent.append(message)

    async def main() -> list[dict[str, Any]]:
        websocket = WebSocket()
        names = await play("worker_tracking/live_dashboard", websocket=websocket)
        await use(names["tracker"])
        return websocket.sent

    sent = run_virtual(main())
    assert [message["item_id"] for message in sent] == list(range(6))
    assert all(message["stage"] == "Work" for message in sent)
    assert all(message["worker_name"] == f"Work-W{message['worker_id']}" for message in sent)
    assert sent[-1]["timestamp"] - sent[0]["timestamp"] == pytest.approx(0.5)


async def test_error_tracking_by_worker(play: Any, capsys: pytest.CaptureFixture[str]) -> None:
    names = await play("worker_tracking/error_tracking", StatusTracker=StatusTracker)
    await use(names["tracker"], fail_even)
    printed = capsys.readouterr().out.splitlines()
    assert sum(names["worker_errors"].values()) == 3
    assert sorted(re.sub(r"Worker \d", "Worker N", line) for line in printed) == [
        "Worker N error: 0 is even",
        "Worker N error: 2 is even",
        "Worker N error: 4 is even",
    ]


async def test_worker_utilization_metrics(play: Any) -> None:
    names = await play("worker_tracking/utilization_metrics", StatusTracker=StatusTracker)
    await use(names["tracker"], fail_even)
    total: Counter[str] = Counter()
    for stats in names["worker_stats"].values():
        total.update(stats)
    assert total == {"completed": 3, "failed": 3}


def test_complete_example() -> None:
    """It runs as a program of its own, without a warning."""
    ended = subprocess.run(
        [sys.executable, "-W", "error", FOLDER / "complete_example.py"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    printed = ended.stdout.splitlines()
    workers = [f"ProcessBatch-W{number}" for number in range(5)]
    assert printed[:2] == [f"Available workers: { ({'ProcessBatch': workers}) }", ""]
    batches = [f"batch_{number:04d}" for number in range(20)]
    for verb in ("Processing", "Completed"):
        done = [line.rpartition(" ")[2] for line in printed if f"] {verb} " in line]
        assert sorted(done) == batches
    assert "[Worker  0] Processing batch_0000" in printed
    assert printed[-6] == "=== Worker Utilization ==="
    assert [line.rpartition(": ")[0] for line in printed[-5:]] == [f"Worker {n}" for n in range(5)]
    assert sum(int(line.split()[2]) for line in printed[-5:]) == 20


def test_every_example_has_a_test() -> None:
    played = Path(__file__).read_text(encoding="utf-8")
    assert [path.stem for path in FOLDER.glob("*.py") if path.stem not in played] == []
