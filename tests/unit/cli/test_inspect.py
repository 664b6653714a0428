"""`antflow inspect`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from antflow.cli.inspect import command
from antflow.cluster.inspector import Inspector

INFO = {
    "hostname": "w@h",
    "pool": {"implementation": "celery.concurrency.prefork:TaskPool", "max-concurrency": 4},
    "active": 1,
    "processed": 77,
    "active_queues": [{"name": "mail"}],
    "load": [0.1, 0.2, 0.3],
}
CONF = {"broker_password": "hunter2", "task_default_queue": "[red]mail\x1b[2J"}


def run(*words: str) -> Result:
    return CliRunner(env={"COLUMNS": "160"}).invoke(command, [*words, "-b", "redis://h:1/0"])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Whom `Inspector` was asked for."""
    calls: list[Any] = []

    async def info(_self: Inspector, worker: str | None) -> Any:
        calls.append(worker)
        return {"w@h": INFO}

    async def one(_self: Inspector, method: str, worker: str | None) -> Any:
        calls.append((method, worker))
        return {"w@h": CONF}

    monkeypatch.setattr(Inspector, "inspect", info)
    monkeypatch.setattr(Inspector, "ask", one)
    return calls


def test_without_a_method_there_is_a_row_a_worker(asked: list[Any]) -> None:
    result = run("-d", "w@h")
    assert result.exit_code == 0, result.output
    assert asked == ["w@h"]
    for word in ("w@h", "prefork", "77", "mail", "0.10 0.20 0.30"):
        assert word in result.output


def test_a_pool_that_grew_is_shown_as_large_as_it_is(
    asked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(INFO, "pool", {**INFO["pool"], "processes": [11, 12, 13, 14, 15, 16]})
    line = next(line for line in run().output.splitlines() if "w@h" in line)
    assert [cell.strip() for cell in line.split("│")][2:4] == ["prefork", "6"]


def test_a_method_shows_its_answer_without_secrets_and_without_control_characters(
    asked: list[Any],
) -> None:
    result = run("conf")
    assert asked == [("conf", None)]
    assert "task_default_queue: [red]mail" in result.output
    assert "hunter2" not in result.output
    assert "\x1b[2J" not in result.output


def test_json_is_for_programs(asked: list[Any]) -> None:
    found = json.loads(run("conf", "--json").stdout)
    assert found["w@h"]["task_default_queue"] == CONF["task_default_queue"]
    assert found["w@h"]["broker_password"] != "hunter2"


def test_no_cluster_is_explained() -> None:
    result = CliRunner().invoke(command, [])
    assert result.exit_code == 1
    assert "-A" in result.output


def test_a_broker_that_is_not_there_is_told_without_its_password() -> None:
    words = ["-b", "redis://:geheim@127.0.0.1:1/0"]
    result = CliRunner().invoke(command, words)
    assert result.exit_code == 1
    assert "No connection to the broker at redis://127.0.0.1:1/0" in result.output
    assert "geheim" not in result.output
