"""The demo's SQLite file."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from antflow.demo.findings import LargeFunction, Totals, read_findings
from antflow.demo.measure import FunctionFacts, ModuleFacts
from antflow.demo.store import ForeignDatabaseError, Store


def facts(name: str, *functions: FunctionFacts, imports: tuple[str, ...] = ()) -> ModuleFacts:
    return ModuleFacts(name, 100, 10, 1, functions, imports, 3)


def function(name: str, lines: int = 1, complexity: int = 1, line: int = 1) -> FunctionFacts:
    return FunctionFacts(name, line, lines, complexity)


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchall()


async def test_what_was_saved_is_there_after_close(tmp_path: Path) -> None:
    store = Store(tmp_path / "a.db")
    assert await store.save(facts("a.py", function("f"), imports=("os",))) == "a.py"
    store.close()
    assert rows(store.path, "SELECT * FROM modules") == [("a.py", 100, 10, 1, 1, 3)]
    assert rows(store.path, "SELECT * FROM functions") == [("a.py", 1, "f", 1, 1)]
    assert rows(store.path, "SELECT * FROM imports") == [("a.py", "os")]


async def test_the_same_module_again_replaces_itself(tmp_path: Path) -> None:
    store = Store(tmp_path / "a.db")
    for _ in range(2):
        await store.save(facts("a.py", function("f"), imports=("os",)))
    store.close()
    assert read_findings(store.path).totals.functions == 1
    assert rows(store.path, "SELECT count(*) FROM imports") == [(1,)]
    assert store.lines == 20


class Clock:
    """Stands still until it is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr("antflow.demo.store.time.monotonic", lambda: self.now)


async def test_what_came_within_half_a_second_is_written_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    store = Store(tmp_path / "a.db")
    await store.save(facts("a.py"))
    assert rows(store.path, "SELECT count(*) FROM modules") == [(0,)]
    clock.now = 0.5
    await store.save(facts("b.py"))
    assert rows(store.path, "SELECT count(*) FROM modules") == [(2,)]
    await store.save(facts("c.py"))
    assert rows(store.path, "SELECT count(*) FROM modules") == [(2,)]
    store.close()
    assert rows(store.path, "SELECT count(*) FROM modules") == [(3,)]


async def test_a_batch_that_could_not_be_written_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    store = Store(tmp_path / "a.db")
    clock.now = 0.5
    with closing(sqlite3.connect(store.path)) as other:
        other.execute("DROP TABLE imports")
    with pytest.raises(sqlite3.Error):
        await store.save(facts("a.py"))
    assert rows(store.path, "SELECT count(*) FROM modules") == [(0,)]
    with closing(sqlite3.connect(store.path)) as other:
        other.execute("CREATE TABLE imports (module, name)")
    clock.now = 1.0
    await store.save(facts("b.py"))
    assert rows(store.path, "SELECT count(*) FROM modules") == [(2,)]
    store.close()


async def test_workers_may_save_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("antflow.demo.store.WRITE_EVERY", 0.0)
    store = Store(tmp_path / "a.db")
    await asyncio.gather(*(store.save(facts(f"{number}.py")) for number in range(20)))
    store.close()
    assert read_findings(store.path).totals.modules == 20


async def test_close_may_be_called_twice(tmp_path: Path) -> None:
    store = Store(tmp_path / "a.db")
    await store.save(facts("a.py"))
    store.close()
    store.close()
    assert read_findings(store.path).totals.modules == 1


async def test_names_and_texts_of_any_alphabet_are_kept(tmp_path: Path) -> None:
    store = Store(tmp_path / "a.db")
    await store.save(facts("ü/'x\".py", function("größe"), imports=("名前",)))
    store.close()
    assert rows(store.path, "SELECT module, name FROM functions") == [("ü/'x\".py", "größe")]
    assert read_findings(store.path).imported == [("名前", 1)]


async def test_a_file_of_an_earlier_demo_starts_empty(tmp_path: Path) -> None:
    first = Store(tmp_path / "a.db")
    await first.save(facts("a.py"))
    first.close()
    Store(first.path).close()
    assert read_findings(first.path).totals.modules == 0


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "mine.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE modules (precious)")
    with pytest.raises(ForeignDatabaseError, match="something else"):
        Store(path)
    assert rows(path, "SELECT sql FROM sqlite_master") == [("CREATE TABLE modules (precious)",)]


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("notes " * 1000)
    with pytest.raises(ForeignDatabaseError, match="not a database"):
        Store(path)
    assert path.read_text() == "notes " * 1000


async def test_findings_are_totals_and_the_first_of_each_list(tmp_path: Path) -> None:
    store = Store(tmp_path / "a.db")
    await store.save(facts("a.py", function("long", 90, 2), function("short", 5, 9, line=95)))
    await store.save(facts("b.py", function("middle", 40, 4), imports=("os", "sys")))
    await store.save(facts("c.py", imports=("sys",)))
    store.close()
    found = read_findings(store.path, top=2)
    assert found.totals == Totals(modules=3, lines=30, size=300, classes=3, functions=3)
    assert found.largest == [
        LargeFunction("a.py", "long", 1, 90, 2),
        LargeFunction("b.py", "middle", 1, 40, 4),
    ]
    assert [each.name for each in found.complex] == ["short", "middle"]
    assert found.imported == [("sys", 2), ("os", 1)]


def test_reading_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.Error):
        read_findings(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()
