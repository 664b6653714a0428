"""C7: whatever state the database is in, the server starts, and says what is wrong."""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from polling import eventually
from sqlalchemy import Connection, event, text

from antflow.cluster.history import History, pending, schema
from antflow.cluster.state import TaskRecord
from antflow.exceptions import HistoryError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


@pytest.fixture
def history(path: Path) -> Iterator[History]:
    history = History(f"sqlite:///{path}")
    yield history
    history.close(timeout=1)


def fill(path: Path, count: int = 50) -> None:
    history = History(f"sqlite:///{path}")
    history.open()
    history.save([TaskRecord(uuid=f"t{n}", args="x" * 500) for n in range(count)])
    history.close()


def execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_a_file_that_is_no_database_is_moved_aside(history: History, path: Path) -> None:
    path.write_bytes(b"this is no database at all" * 100)
    history.open()
    assert "history.db.corrupt-1" in history.problems[0]
    assert path.with_name("history.db.corrupt-1").read_bytes().startswith(b"this is no database")
    history.save([TaskRecord(uuid="a")])
    eventually(lambda: history.load(1))


def test_the_next_damaged_file_gets_another_name(path: Path) -> None:
    for _ in range(2):
        path.write_bytes(b"no database" * 100)
        history = History(f"sqlite:///{path}")
        history.open()
        history.close()
    assert path.with_name("history.db.corrupt-2").exists()


def test_damage_found_while_reading_starts_afresh(history: History, path: Path) -> None:
    fill(path)
    with path.open("r+b") as file:
        # the pages of the rows; those of the schema and the version come first
        half = path.stat().st_size // 8192 * 4096
        file.seek(half)
        file.write(b"\xff" * (path.stat().st_size - half))
    history.open()
    assert history.load(100) == []
    assert any("could not be read" in problem for problem in history.problems)
    assert any("history.db.corrupt-1" in problem for problem in history.problems)
    history.save([TaskRecord(uuid="new")])
    eventually(lambda: [record.uuid for record in history.load(9)] == ["new"])


def test_a_newer_version_is_refused_and_left_alone(history: History, path: Path) -> None:
    fill(path)
    execute(path, "UPDATE antflow_history SET version = 99")
    with pytest.raises(HistoryError, match=r"newer antflow \(version 99.*upgrade"):
        history.open()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM antflow_tasks").fetchone() == (50,)


def test_an_older_version_is_migrated_step_by_step(
    history: History, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(path)
    monkeypatch.setattr(schema, "VERSION", 3)

    def second(connection: Connection) -> None:
        connection.execute(text("ALTER TABLE antflow_tasks ADD COLUMN second TEXT"))

    def third(connection: Connection) -> None:
        connection.execute(text("UPDATE antflow_tasks SET second = 'third', worker = 'moved'"))

    monkeypatch.setattr(schema, "MIGRATIONS", {1: second, 2: third})
    history.open()
    assert {record.worker for record in history.load(100)} == {"moved"}
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version FROM antflow_history").fetchone() == (3,)


def test_a_migration_that_fails_changes_nothing(
    history: History, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(path)
    monkeypatch.setattr(schema, "VERSION", 2)

    def broken(connection: Connection) -> None:
        connection.execute(text("ALTER TABLE antflow_tasks ADD COLUMN second TEXT"))
        connection.execute(text("SELECT 1 FROM nowhere"))

    monkeypatch.setattr(schema, "MIGRATIONS", {1: broken})
    with pytest.raises(HistoryError, match="nowhere"):
        history.open()
    with closing(sqlite3.connect(path)) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(antflow_tasks)")]
        assert "second" not in columns
        assert connection.execute("SELECT version FROM antflow_history").fetchone() == (1,)


def test_a_version_that_nothing_migrates_is_refused(
    history: History, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(path)
    monkeypatch.setattr(schema, "VERSION", 2)
    with pytest.raises(HistoryError, match="too old"):
        history.open()


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HistoryError, match=r"cannot be opened.*run without history"):
        History(f"sqlite:///{tmp_path}/file/history.db").open()


def test_a_database_locked_by_another_says_so(history: History, path: Path) -> None:
    fill(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(HistoryError, match="locked"):
            history.open()


def test_what_cannot_be_written_while_locked_is_written_after(history: History, path: Path) -> None:
    history.open()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        history.save([TaskRecord(uuid="a")])
        eventually(lambda: any("locked" in problem for problem in history.problems), timeout=20)
        assert history.lag > 0
        other.execute("ROLLBACK")
    eventually(lambda: history.load(1), timeout=20)
    eventually(lambda: history.problems == [] and history.lag == 0.0, timeout=20)


def test_a_full_disk_is_said_and_the_newest_are_kept(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "_pending", pending.Pending(100))
    history.open()
    event.listen(
        history._store.engine,
        "begin",
        lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 20"),
    )
    for start in range(0, 1_000, 10):
        history.save([TaskRecord(uuid=f"t{n}", args="x" * 900) for n in range(start, start + 10)])
    eventually(lambda: any("full" in problem for problem in history.problems), timeout=20)
    assert any("never written" in problem for problem in history.problems)
    assert len(history._pending) <= 100
    assert "t999" in history._pending._rows


def test_rows_that_hold_no_record_are_left_out_and_said(history: History, path: Path) -> None:
    fill(path, 2)
    execute(path, "UPDATE antflow_tasks SET received = 'yesterday' WHERE uuid = 't0'")
    history.open()
    assert [record.uuid for record in history.load(9)] == ["t1"]
    assert any("1 records" in problem for problem in history.problems)


def test_stored_data_is_never_executed(history: History, path: Path, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str, str]]:
            return open, (str(tmp_path / "sprung"), "w")

    fill(path, 1)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE antflow_tasks SET result = ?", [pickle.dumps(Trap())])
    history.open()
    history.load(9)
    assert not (tmp_path / "sprung").exists()


def test_a_row_that_is_refused_for_good_costs_no_other(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    from antflow.cluster.history import rows, writer

    def unclean(row: rows.Row, saved: float) -> rows.Row:
        dirty = list(rows.clean(row, saved))
        if dirty[0] == "t3":
            dirty[1] = object()
        return tuple(dirty)

    monkeypatch.setattr(writer, "clean", unclean)
    history.open()
    history.save([TaskRecord(uuid=f"t{n}") for n in range(8)])
    eventually(lambda: len(history.load(9)) == 7)
    assert any("1 tasks were refused: task t3" in problem for problem in history.problems)
