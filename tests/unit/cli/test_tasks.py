"""`antflow tasks`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from antflow.cli import task_table
from antflow.cli import tasks as module
from antflow.cli.remote import Remote
from antflow.cli.task_table import GAP, cell, fitted, print_tasks
from antflow.cli.tasks import command
from antflow.cluster.history import History
from antflow.cluster.state import TaskRecord
from antflow.source import TaskPage, TaskView

ID = "0123abcd-4567-89ef-0123-456789abcdef"
TASKS = [
    TaskView(
        ID,
        name="shop.orders.send_the_monthly_report",
        state="FAILURE",
        worker="celery@a-long-host-name.example.org",
        args="(" + "7, " * 100 + ")",
        received=1_767_225_600.0,
        runtime=1.23456,
    ),
    TaskView("2", name="b", state="SUCCESS", args="\x1b[2J [red]\n日本語"),
]


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the server was asked; it answers with two of nine tasks."""
    calls: list[object] = []

    def tasks(_self: Remote, *asked: object) -> TaskPage:
        calls.append(asked)
        return TaskPage(TASKS, 9)

    monkeypatch.setattr(Remote, "tasks", tasks)
    monkeypatch.setattr(Remote, "source", lambda _self, name: name or "first")
    return calls


def run(*words: str) -> Result:
    result = CliRunner().invoke(command, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def on_terminal(
    monkeypatch: pytest.MonkeyPatch, width: int, columns: Sequence[str] = module.COLUMNS
) -> list[str]:
    """The lines that a terminal shows."""
    console = Console(width=width, force_terminal=True, color_system=None, record=True, quiet=False)
    monkeypatch.setattr(task_table, "Console", lambda: console)
    rows = [{name: getattr(task, name) for name in task.__struct_fields__} for task in TASKS]
    print_tasks(rows, 9, columns)
    return console.export_text().splitlines()


def test_a_pipe_gets_a_line_a_task_with_every_cell_whole() -> None:
    head, first, second, total = run().stdout.splitlines()
    assert head.split() == list(module.COLUMNS)
    for word in (ID, "shop.orders.send_the_monthly_report", "FAILURE", "1.235"):
        assert word in first
    assert "[red] 日本語" in second
    assert "\x1b" not in second
    assert total == "2 of 9 tasks"


def test_what_is_asked_is_passed_on(asked: list[object]) -> None:
    run("state:failed", "--source", "etl", "--sort", "name", "-n", "3")
    assert asked == [("etl", "state:failed", "name", 3)]


def test_json_is_one_whole_object_a_line() -> None:
    rows = [json.loads(line) for line in run("--json").stdout.splitlines()]
    assert [row["id"] for row in rows] == [ID, "2"]
    assert rows[0]["args"] == TASKS[0].args


def test_only_the_columns_that_are_named_are_shown() -> None:
    assert run("--columns", " state , id ").stdout.splitlines()[0].split() == ["state", "id"]


@pytest.mark.parametrize("columns", ["id,nosuch", "", ",", "\x1b"])
def test_columns_that_are_not_there_are_a_usage_error(columns: str, asked: list[object]) -> None:
    result = run("--columns", columns)
    assert result.exit_code == 2
    assert "--columns" in result.output
    assert "retries" in result.output
    assert asked == []


@pytest.mark.parametrize("limit", ["0", "10001", "x", "1.5", "-1"])
def test_a_limit_out_of_bounds_is_a_usage_error(limit: str) -> None:
    assert run("-n", limit).exit_code == 2


def test_80_columns_show_name_and_state_whole_and_a_short_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, first, second, total = on_terminal(monkeypatch, 80)
    assert first.startswith(f"{ID[:8]}  shop.orders.send_the_monthly_report  FAILURE  ")
    assert max(map(len, (first, second))) <= 80
    assert "no room for worker, retries, args" in total


def test_a_wide_terminal_shows_the_whole_id_before_all_of_the_arguments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = on_terminal(monkeypatch, 190)[1]
    assert line.startswith(ID)
    assert TASKS[0].worker is not None
    assert TASKS[0].worker in line
    assert "…" in line


@pytest.mark.parametrize("width", [20, 40, 80, 132, 500])
def test_a_row_is_one_line_at_any_width(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    lines = on_terminal(monkeypatch, width, ("id", "args"))
    assert len([line for line in lines if line.startswith(("0", "2"))]) >= 2


def test_what_fits_is_left_as_it_is() -> None:
    assert fitted({"id": 36, "args": 10}, 36 + GAP + 10) == {"id": 36, "args": 10}


def test_arguments_give_way_first_then_ids_then_workers() -> None:
    assert fitted({"id": 36, "args": 80}, 70) == {"id": 36, "args": 32}
    assert fitted({"id": 36, "name": 30, "args": 80}, 60) == {"id": 10, "name": 30, "args": 16}
    assert fitted({"id": 36, "worker": 30, "name": 30}, 60) == {"id": 8, "worker": 18, "name": 30}


def test_a_name_is_cut_only_where_nothing_else_is_left() -> None:
    assert fitted({"id": 36, "name": 30, "args": 80}, 40) == {"id": 8, "name": 30}
    assert fitted({"id": 36, "name": 30}, 30) == {"id": 8, "name": 20}


@pytest.mark.parametrize("seconds", [1e300, -1e300, 0.0, 1e12])
def test_any_time_has_a_text(seconds: float) -> None:
    assert cell("received", seconds)


def filled(path: Path) -> str:
    url = f"sqlite:///{path}"
    history = History(url)
    history.open()
    history.save(
        [
            TaskRecord(
                uuid="a", name="mail.send", state="FAILURE", kwargs="{'password': 'geheim'}"
            ),
            TaskRecord(uuid="b", name="mail.send", state="SUCCESS"),
        ]
    )
    history.close()
    return url


def test_a_history_is_searched_without_a_server(tmp_path: Path, asked: list[object]) -> None:
    result = run("state:failed", "--db", filled(tmp_path / "h.db"), "--json")
    (row,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert (row["id"], row["name"]) == ("a", "mail.send")
    assert "geheim" not in result.stdout
    assert asked == []


def test_reading_a_history_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    url = filled(path)
    before = path.read_bytes(), path.stat().st_mtime_ns
    assert run("--db", url).exit_code == 0
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_a_history_that_is_written_is_read_at_the_same_time(tmp_path: Path) -> None:
    history = History(filled(tmp_path / "h.db"))
    history.open()
    try:
        assert "2 of 2 tasks" in run("--db", f"sqlite:///{tmp_path / 'h.db'}").stdout
    finally:
        history.close()


@pytest.mark.parametrize("db", ["", "nonsense", "mysql://h/d", "sqlite://", "sqlite:///nosuch.db"])
def test_a_history_that_is_none_is_one_line_and_none_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("--db", db)
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert len(result.output.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_history_is_told_and_stays_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    path.write_bytes(b"no database" * 500)
    result = run("--db", f"sqlite:///{path}")
    assert result.exit_code == 1
    assert "cannot be read" in result.output
    assert [each.name for each in tmp_path.iterdir()] == ["h.db"]


@pytest.mark.parametrize("search", ["state:x (", 'name:"', "runtime>x"])
def test_a_search_that_cannot_be_read_is_one_line(tmp_path: Path, search: str) -> None:
    result = run(search, "--db", filled(tmp_path / "h.db"))
    assert result.exit_code == 1
    assert len(result.output.splitlines()) == 1


def test_a_sort_by_nothing_known_is_one_line(tmp_path: Path) -> None:
    result = run("--sort", "nosuch", "--db", filled(tmp_path / "h.db"))
    assert result.exit_code == 1
    assert "no such field" in result.output
