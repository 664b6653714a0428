"""`explain()`: the plan in words."""

from __future__ import annotations

from typing import Any

import pytest

from antflow import Pipeline, Stage


async def fetch(value: Any) -> Any:
    return value


def parse(value: Any) -> Any:
    return value


def explained(*stages: Stage) -> str:
    return Pipeline(stages).explain()


def test_it_prints_what_it_returns(capsys: pytest.CaptureFixture[str]) -> None:
    text = explained(Stage("Fetch", 2, [fetch]))
    assert capsys.readouterr().out == text + "\n"


def test_a_plain_stage_in_words() -> None:
    assert explained(Stage("Fetch", 2, [fetch])).splitlines() == [
        "1 stage, 2 workers",
        "1. Fetch: 2 workers, queue of 20",
        "   tasks: fetch",
        "   retry: 3 attempts of a task, 1 s between, on Exception",
    ]


def test_every_stage_stands_in_order_and_the_workers_are_summed_up() -> None:
    lines = explained(Stage("A", 1, [fetch]), Stage("B", 3, [fetch], pull=True)).splitlines()
    assert lines[0] == "2 stages, 4 workers"
    assert lines[1] == "1. A: 1 worker, queue of 10"
    assert lines[4] == "2. B: 3 workers, nothing waits before it (pull)"


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"queue_capacity": 0}, "1. Fetch: 2 workers, queue without bound"),
        ({"queue_capacity": 7}, "1. Fetch: 2 workers, queue of 7"),
        ({"tasks": [fetch, parse]}, "fetch → parse (plain functions on a thread a worker)"),
        ({"executor": "thread"}, "fetch (on a thread a worker)"),
        ({"task_attempts": 1}, "retry: none, one attempt"),
        ({"retry": "per_stage"}, "retry: 3 attempts of the stage, 0 s between, on Exception"),
        ({"task_wait_seconds": lambda state: 1}, "a computed wait between"),
        ({"retry_on": (OSError, ValueError)}, "on OSError, ValueError"),
        ({"task_concurrency_limits": {"fetch": 2}}, "limit: fetch: 2 at once"),
        ({"rate": 20}, "limit: task starts: 20/s"),
        ({"rate": "100/m"}, "limit: task starts: 100/m"),
        ({"call_rate": 30}, "limit: rate_limit(): 30 per 60 s"),
        ({"call_concurrency": 4}, "limit: concurrency_limit(): 4 at once"),
        ({"timeout": 2.5}, "limit: timeout: 2.5 s an attempt"),
        ({"skip_if": bool, "on_failure": print}, "calls: skip_if, on_failure"),
    ],
)
def test_it_says(fields: dict[str, Any], line: str) -> None:
    stage = Stage(**{"name": "Fetch", "workers": 2, "tasks": [fetch], **fields})
    assert line in explained(stage)


def test_it_counts_the_workers_there_are_now() -> None:
    pipeline = Pipeline([Stage("Fetch", 2, [fetch])])
    pipeline.pool_grow("Fetch", 3)
    assert pipeline.explain().startswith("1 stage, 5 workers\n1. Fetch: 5 workers")
