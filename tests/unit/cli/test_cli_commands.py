"""The `antflow` command."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

import antflow
from antflow.cli import main
from antflow.cli.commands import COMMANDS
from antflow.cli.commands import antflow as command_line


def test_it_tells_its_version() -> None:
    result = CliRunner().invoke(command_line, ["--version"])
    assert result.exit_code == 0
    assert antflow.__version__ in result.output


def test_help_lists_every_command_with_a_line_each() -> None:
    output = CliRunner().invoke(command_line, ["--help"]).output
    for name in COMMANDS:
        assert any(
            line.split()[:1] == [name] and len(line.split()) > 2 for line in output.split("\n")
        )


@pytest.mark.parametrize("group", [[], ["web"]])
def test_what_a_command_does_is_told_whole_in_80_columns(group: list[str]) -> None:
    output = CliRunner().invoke(command_line, [*group, "--help"], terminal_width=80).output
    told = output.partition("Commands:")[2]
    assert told
    assert "..." not in told


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    result = CliRunner().invoke(command_line, [name, "--help"])
    assert result.exit_code == 0
    assert "Options:" in result.output


def test_an_unknown_command_is_a_usage_error() -> None:
    result = CliRunner().invoke(command_line, ["nonsense"])
    assert result.exit_code == 2
    assert "nonsense" in result.output


def test_a_command_is_imported_when_it_is_called_and_not_before() -> None:
    code = (
        "import sys, antflow.cli.commands\n"
        "print([name for name in sys.modules if name.startswith(('rich', 'antflow.demo'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


def test_without_click_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "click", None)
    monkeypatch.delitem(sys.modules, "antflow.cli.commands", raising=False)
    with pytest.raises(SystemExit, match="needs the package click"):
        main()


def test_another_missing_module_is_not_taken_for_click(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*args: object, **kwargs: object) -> None:
        raise ModuleNotFoundError("no module", name="something_else")

    monkeypatch.setattr(click, "group", absent)
    monkeypatch.delitem(sys.modules, "antflow.cli.commands", raising=False)
    with pytest.raises(ModuleNotFoundError, match="no module"):
        main()
