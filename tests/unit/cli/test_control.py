"""`antflow control`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from antflow.cli.control import VERBS, command
from antflow.cluster.control import Control
from antflow.exceptions import NoSuchWorkerError
from antflow.source import Answer

BROKER = ["-b", "redis://:geheim@127.0.0.1:1/0"]


def run(*words: str, **options: Any) -> Result:
    return CliRunner().invoke(command, [*words, *BROKER], **options)


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What was asked of `Control`."""
    calls: list[tuple[Any, ...]] = []

    def fake(name: str) -> Any:
        async def do(_self: Control, *args: Any, **kwargs: Any) -> list[Answer]:
            calls.append((name, *args, *kwargs.items()))
            return [Answer("w@h", True, "done, password=hunter2")]

        return do

    for name in VERBS:
        monkeypatch.setattr(Control, name, fake(name), raising=False)
    return calls


@pytest.mark.parametrize(
    ("words", "call"),
    [
        (["pool-grow", "3", "-d", "w@h"], ("pool_grow", "w@h", 3)),
        (["pool_shrink", "-d", "w@h"], ("pool_shrink", "w@h", 1)),
        (["autoscale", "1", "4", "-d", "w@h"], ("autoscale", "w@h", 1, 4)),
        (["time_limit", "t", "-", "9"], ("time_limit", "t", None, 9.0, None)),
        (["rate_limit", "t", "5/m", "-d", "w@h"], ("rate_limit", "t", "5/m", "w@h")),
        (["revoke", "a", "b"], ("revoke", ("a", "b"))),
        (["terminate", "a", "-y"], ("revoke", ("a",), ("terminate", True))),
        (["purge", "q", "-y"], ("purge", "q")),
    ],
)
def test_words_become_a_command(
    words: list[str], call: tuple[Any, ...], called: list[tuple[Any, ...]]
) -> None:
    result = run(*words)
    assert result.exit_code == 0, result.output
    assert called == [call]
    assert "w@h: done" in result.output
    assert "hunter2" not in result.output


def test_grave_verbs_ask_before(called: list[tuple[Any, ...]]) -> None:
    result = run("shutdown", "-d", "w@h", input="n\n")
    assert result.exit_code == 1
    assert called == []


def test_json_is_for_programs(called: list[tuple[Any, ...]]) -> None:
    (row,) = json.loads(run("pool_restart", "-d", "w@h", "--json").stdout)
    assert (row["who"], row["ok"]) == ("w@h", True)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["nonsense"], "no verb 'nonsense'"),
        (["pool_grow"], "needs a worker"),
        (["autoscale", "1", "-d", "w@h"], "MIN MAX"),
        (["pool_grow", "many", "-d", "w@h"], "many"),
    ],
)
def test_what_cannot_be_meant_is_explained(words: list[str], text: str) -> None:
    result = run(*words)
    assert result.exit_code != 0
    assert text in result.output


def test_errors_are_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_args: Any) -> None:
        raise NoSuchWorkerError("No such worker: 'w@h'")

    monkeypatch.setattr(Control, "pool_restart", fail)
    result = run("pool_restart", "-d", "w@h")
    assert (result.exit_code, result.output) == (1, "Error: No such worker: 'w@h'\n")


def test_a_refusal_is_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_args: Any) -> list[Answer]:
        return [Answer("w@h", False, "unknown task")]

    monkeypatch.setattr(Control, "rate_limit", refuse)
    result = run("rate_limit", "t", "5/m")
    assert (result.exit_code, result.output) == (1, "w@h: refused: unknown task\n")


def test_a_broker_that_is_not_there_is_told_without_its_password() -> None:
    result = run("enable_events")
    assert result.exit_code == 1
    assert "No connection to the broker at redis://127.0.0.1:1/0" in result.output
    assert "geheim" not in result.output


def test_every_verb_is_in_the_help() -> None:
    shown = CliRunner().invoke(command, ["--help"]).output
    assert [name for name in VERBS if name not in shown] == []
