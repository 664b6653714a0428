"""C7: whatever became of the history, the cluster is followed, says so, and executes nothing."""

from __future__ import annotations

import ast
import pickle
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from polling import eventually_async
from publishing import Publisher, Voice
from sqlalchemy import event

import antflow
from antflow.cluster import Cluster
from antflow.cluster.history import History
from antflow.cluster.state import TaskRecord

HEAD = b"SQLite format 3\x00"
EXECUTES = {"pickle", "shelve", "marshal", "dill", "cloudpickle", "jsonpickle", "yaml", "_pickle"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "history.db"
    history = History(f"sqlite:///{path}")
    history.open()
    history.save([TaskRecord(uuid=f"old-{n}", state="SUCCESS", received=1e9) for n in range(50)])
    history.close()
    return path


async def follows(cluster: Cluster, redis_url: str) -> list[str]:
    """A task passes through it all the same; what the history's part of the settings says."""
    await eventually_async(lambda: cluster.events.health().connected, 20)
    with Publisher(redis_url) as publisher:
        publisher.events([*Voice("w@test").whole("new")])
    await eventually_async(lambda: "new" in cluster.state.tasks, 20)
    assert cluster.state.tasks["new"].state == "SUCCESS"
    problems: list[str] = cluster.settings()["history"]["problems"]
    return problems


async def test_a_whole_one_has_no_problems(path: Path, redis_url: str) -> None:
    async with Cluster(broker=redis_url, history=f"sqlite:///{path}") as cluster:
        assert len(cluster.state.tasks) == 50
        assert await follows(cluster, redis_url) == []


@pytest.mark.parametrize("content", [b"", b"rubbish" * 1_000, HEAD + b"\xff" * 9_000])
async def test_a_file_overwritten_is_moved_aside_and_said(
    path: Path, redis_url: str, content: bytes
) -> None:
    path.write_bytes(content)
    async with Cluster(broker=redis_url, history=f"sqlite:///{path}") as cluster:
        problems = await follows(cluster, redis_url)
    aside = path.with_name("history.db.corrupt-1")
    # an empty file is a new database
    assert bool(problems) == aside.exists() == bool(content)
    if content:
        assert aside.read_bytes() == content
        assert aside.name in problems[0]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT uuid FROM antflow_tasks").fetchall() == [("new",)]


async def test_damage_in_the_midst_of_the_file_is_said(path: Path, redis_url: str) -> None:
    content = bytearray(path.read_bytes())
    content[8_192:] = b"\xa5" * (len(content) - 8_192)
    path.write_bytes(content)
    async with Cluster(broker=redis_url, history=f"sqlite:///{path}") as cluster:
        assert any(str(path) in problem for problem in await follows(cluster, redis_url))


@pytest.mark.parametrize(("version", "word"), [(0, "too old"), (99, "newer")])
async def test_another_version_is_left_alone_and_said(
    path: Path, redis_url: str, version: int, word: str
) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE antflow_history SET version = ?", [version])
    async with Cluster(broker=redis_url, history=f"sqlite:///{path}") as cluster:
        problems = await follows(cluster, redis_url)
        assert word in problems[0]
        assert not cluster.settings()["history"]["kept"]
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT count(*) FROM antflow_tasks").fetchall()
    assert rows == [(50,)]


async def test_a_full_disk_is_said_and_the_tasks_go_on(path: Path, redis_url: str) -> None:
    history = History(f"sqlite:///{path}")
    async with Cluster(broker=redis_url, history=history) as cluster:
        event.listen(
            history._store.engine,
            "begin",
            lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 1"),
        )
        await follows(cluster, redis_url)
        voice = Voice("w@test")
        with Publisher(redis_url) as publisher:
            publisher.events([e for n in range(2_000) for e in voice.whole(f"more-{n}" * 10)])
        await eventually_async(
            lambda: any("full" in text for text in cluster.settings()["history"]["problems"]), 30
        )
        await eventually_async(lambda: len(cluster.state.tasks) == 2_051, 20)
        assert cluster.frame().health.connected


class Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("raise SystemExit('the history was executed')",)


async def test_what_is_stored_is_never_executed(path: Path, redis_url: str) -> None:
    trap = pickle.dumps(Trap())
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE antflow_tasks SET result = ?, args = ?", [trap, trap])
    async with Cluster(broker=redis_url, history=f"sqlite:///{path}") as cluster:
        await follows(cluster, redis_url)
        assert cluster.state.tasks["new"].state == "SUCCESS"


def test_nothing_imports_what_executes_data() -> None:
    sources = sorted(Path(antflow.__file__).parent.rglob("*.py"))
    assert len(sources) > 100
    found = [
        (path.name, name)
        for path in sources
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in imported(node)
        if name.split(".")[0] in EXECUTES
    ]
    assert found == []


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []
