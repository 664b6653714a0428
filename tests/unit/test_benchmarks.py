"""`python -m benchmarks` makes a whole report; its figures are not judged here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
KEYS = {
    "untracked",
    "tracked",
    "subscribed",
    "growth-untracked",
    "growth-tracked",
    "growth-subscribed",
    "throughput",
    "memory",
    "snapshot",
    "single",
    "import",
}


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=100,
        check=False,
    )


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any], str]:
    """What a quick run printed, and the two files that it wrote."""
    folder = tmp_path_factory.mktemp("results")
    ended = _run("--quick", "--no-rivals", "--output", str(folder))
    assert ended.returncode == 0, ended.stderr
    written = json.loads((folder / "latest.json").read_text())
    return ended.stdout, written, (folder / "latest.md").read_text()


def test_the_report_has_every_row(report: tuple[str, dict[str, Any], str]) -> None:
    """Each row has a figure, or, of memory alone, the word that says why not."""
    _, written, _ = report
    (rows,) = written["sections"].values()
    assert {row["key"] for row in rows} == KEYS
    assert {row["key"] for row in rows if row["value"] is None} <= {"memory"}


def test_the_table_is_printed_as_it_is_written(report: tuple[str, dict[str, Any], str]) -> None:
    printed, written, markdown = report
    titles = [row["title"] for rows in written["sections"].values() for row in rows]
    assert titles
    assert all(title in printed and title in markdown for title in titles)


def test_the_report_names_no_machine_and_no_folder(
    report: tuple[str, dict[str, Any], str],
) -> None:
    _, written, markdown = report
    assert set(written["machine"]) == {"date", "python", "system", "cpu", "cpus"}
    for text in (json.dumps(written), markdown):
        assert str(ROOT) not in text
        assert f" {os.uname().nodename} " not in text


def test_an_unknown_row_is_refused_with_the_names_of_all() -> None:
    ended = _run("--only", "nothing")
    assert ended.returncode == 2
    assert all(key in ended.stderr for key in KEYS)


def test_one_row_alone_is_printed_and_nothing_is_written() -> None:
    before = sorted((ROOT / "benchmarks" / "results").glob("latest.*"))
    stamps = [path.stat().st_mtime_ns for path in before]
    ended = _run("--quick", "--only", "single")
    assert ended.returncode == 0, ended.stderr
    assert "a run of one item" in ended.stdout
    assert "throughput" not in ended.stdout
    assert [path.stat().st_mtime_ns for path in before] == stamps
