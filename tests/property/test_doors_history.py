"""The history's file: whatever is in it, it opens with what can be read, or a reason is told."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polling import eventually

from antflow.cluster.history import History
from antflow.cluster.history.reading import read_tasks
from antflow.cluster.history.schema import FIELDS
from antflow.cluster.state import ClusterState, TaskRecord
from antflow.exceptions import HistoryError

COUNT = 40
bounded = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def good() -> Iterator[Path]:
    """A history of 40 tasks."""
    with tempfile.TemporaryDirectory(prefix="antflow-doors-") as folder:
        path = Path(folder) / "history.db"
        history = History(f"sqlite:///{path}")
        history.open()
        history.save(
            [
                TaskRecord(uuid=f"t{n}", name="a.b", state="SUCCESS", received=1.0, args="x" * 300)
                for n in range(COUNT)
            ]
        )
        history.close()
        yield path


def check(path: Path) -> int:
    """Open, read, write and close it; how many tasks it held. Only HistoryError may be raised."""
    url = f"sqlite:///{path}"
    is_new = path.stat().st_size == 0  # an empty file is an empty database
    try:
        read_tasks(url, 1_000)
    except HistoryError as error:
        assert str(error)  # noqa: PT017
    history = History(url)
    try:
        history.open()
        records = history.load(1_000)
        restored = ClusterState().restore(records)
        assert restored <= len(records)
        history.save([TaskRecord(uuid="new")])
        eventually(
            lambda: history.problems or any(each.uuid == "new" for each in history.load(1_000)), 10
        )
        assert len(records) >= COUNT or history.problems or is_new
    except HistoryError as error:
        assert str(error)  # noqa: PT017
        return 0
    finally:
        history.close(timeout=1)
    return len(records)


def damaged(good: Path, data: bytes) -> None:
    """Check a file with these bytes, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="antflow-doors-") as folder:
        path = Path(folder) / "history.db"
        path.write_bytes(data)
        check(path)


@given(st.binary(max_size=2_000), st.booleans())
@bounded
def test_random_bytes_are_moved_aside_or_told(good: Path, data: bytes, headed: bool) -> None:
    damaged(good, good.read_bytes()[:100] + data if headed else data)


@given(st.floats(0, 1))
@bounded
def test_a_file_cut_anywhere_is_read_or_told(good: Path, share: float) -> None:
    data = good.read_bytes()
    damaged(good, data[: int(len(data) * share)])


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 7)), min_size=1, max_size=60))
@bounded
def test_flipped_bits_are_read_or_told(good: Path, flips: list[tuple[float, int]]) -> None:
    data = bytearray(good.read_bytes())
    for share, bit in flips:
        data[min(int(len(data) * share), len(data) - 1)] ^= 1 << bit
    damaged(good, bytes(data))


@given(st.integers(0, 4_000), st.binary(min_size=1, max_size=40))
@bounded
def test_bytes_changed_in_the_first_page_are_read_or_told(good: Path, at: int, put: bytes) -> None:
    data = bytearray(good.read_bytes())
    data[at : at + len(put)] = put
    damaged(good, bytes(data))


wrong = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
    st.binary(max_size=10),
)


@given(st.sampled_from([*FIELDS, "saved"]), wrong)
@bounded
def test_a_wrong_type_in_any_column_costs_that_row_at_most(
    good: Path, column: str, value: Any
) -> None:
    with tempfile.TemporaryDirectory(prefix="antflow-doors-") as folder:
        path = Path(shutil.copy(good, folder))
        with closing(sqlite3.connect(path)) as connection, connection:
            try:
                connection.execute(
                    f"UPDATE antflow_tasks SET {column} = ? WHERE uuid = 't3'", (value,)
                )
            except sqlite3.IntegrityError:
                return
        url = f"sqlite:///{path}"
        records, unreadable = read_tasks(url, 1_000)
        assert len(records) + unreadable == COUNT
        assert len(records) >= COUNT - 1
        assert check(path) >= COUNT - 1


@given(st.sampled_from(["version", "changed", "id"]), wrong)
@bounded
def test_a_version_that_is_none_is_told(good: Path, column: str, value: Any) -> None:
    with tempfile.TemporaryDirectory(prefix="antflow-doors-") as folder:
        path = Path(shutil.copy(good, folder))
        with closing(sqlite3.connect(path)) as connection, connection:
            try:
                connection.execute(f"UPDATE antflow_history SET {column} = ?", (value,))
            except sqlite3.IntegrityError:
                return
        check(path)


@pytest.mark.parametrize(
    "statement",
    [
        *("DROP TABLE antflow_history", "DROP TABLE antflow_tasks", "DELETE FROM antflow_history"),
        *("ALTER TABLE antflow_tasks DROP COLUMN name", "DROP INDEX ix_antflow_tasks_saved"),
        "ALTER TABLE antflow_tasks ADD COLUMN more TEXT NOT NULL DEFAULT ''",
        "CREATE TRIGGER t BEFORE INSERT ON antflow_tasks BEGIN SELECT RAISE(FAIL, 'no'); END",
        "DROP TABLE antflow_tasks; CREATE VIEW antflow_tasks AS SELECT 1 AS uuid",
        "DROP TABLE antflow_tasks; CREATE TABLE antflow_tasks (uuid)",
    ],
)
def test_tables_changed_by_somebody_else_are_read_or_told(good: Path, statement: str) -> None:
    with tempfile.TemporaryDirectory(prefix="antflow-doors-") as folder:
        path = Path(shutil.copy(good, folder))
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.executescript(statement)
        check(path)
