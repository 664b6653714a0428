"""How a run of the demo goes."""

from __future__ import annotations

import gc
import warnings
from pathlib import Path

import pytest

from antflow.demo.broken import BROKEN_SOURCES
from antflow.demo.run import Pace, demo_files, describe, run_once, tour
from antflow.demo.source import SourceFile
from antflow.demo.store import Store

QUIET = Pace(display="none")


def run(files: list[SourceFile], tmp_path: Path, pace: Pace = QUIET) -> tuple[int, int, bool]:
    store = Store(tmp_path / "library.db")
    try:
        outcome = run_once(files, store, pace)
    finally:
        store.close()
    stats = outcome.snapshot.pipeline_stats
    return stats.items_processed, stats.items_failed, outcome.interrupted


def source(tmp_path: Path, name: str, text: str) -> SourceFile:
    (tmp_path / name).write_text(text)
    return SourceFile(name, tmp_path / name)


def test_the_broken_files_come_on_top_of_the_limit(tmp_path: Path) -> None:
    files = demo_files(tmp_path, limit=10)
    broken = {file.name for file in files if file.name.startswith("broken/")}
    assert broken == {f"broken/{name}" for name in BROKEN_SOURCES}
    assert len(files) == 15


def test_a_limit_takes_the_same_files_each_time(tmp_path: Path) -> None:
    assert demo_files(tmp_path, limit=10) == demo_files(tmp_path, limit=10)


def test_the_five_broken_files_fail_and_the_rest_is_stored(tmp_path: Path) -> None:
    files = demo_files(tmp_path / "broken", limit=20)
    processed, failed, interrupted = run(files, tmp_path)
    # the library may hold broken files of its own
    assert failed >= 5
    assert processed + failed == 25
    assert not interrupted


def test_going_round_ends_when_the_time_is_up(tmp_path: Path) -> None:
    files = [source(tmp_path, "a.py", "pass\n")]
    processed, failed, interrupted = run(files, tmp_path, Pace(None, True, 0.2, display="none"))
    assert processed > 1
    assert (failed, interrupted) == (0, False)


def test_ctrl_c_gives_an_outcome_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parse(source: bytes, filename: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("antflow.demo.pipeline.ast.parse", parse)
    files = [source(tmp_path, "a.py", "pass\n")]
    processed, _, interrupted = run(files, tmp_path)
    assert interrupted
    assert processed == 0


def test_warnings_of_the_library_do_not_disturb_the_display(tmp_path: Path) -> None:
    files = [source(tmp_path, "a.py", 'a = "\\d" is 1\n')]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert run(files, tmp_path)[0] == 1
    assert not caught


def test_the_tour_takes_its_time_and_then_none() -> None:
    slow, fast = tour(1800, Pace(workers={"Parse": 1}))
    assert (slow.rate, slow.display) == (30, "full")
    assert (fast.rate, fast.display) == (None, "compact")
    assert slow.workers == fast.workers == {"Parse": 1}
    assert slow.seconds is fast.seconds is None


def test_the_tour_can_be_shorter_and_silent() -> None:
    slow, fast = tour(1800, Pace(seconds=10, display="none"))
    assert slow.rate == 180
    assert slow.display == fast.display == "none"


def test_a_run_is_announced_with_its_pace() -> None:
    what, speed = describe(1800, Pace())
    assert what.startswith("1,800 source files of Python 3.")
    assert "Read → Parse → Measure → Store" in what
    assert speed.startswith("At full speed;")
    assert describe(1, Pace(rate=30, repeat=True))[1].startswith(
        "At 30 files a second, round and round;"
    )
    assert "for 9 seconds" in describe(1, Pace(seconds=9))[1]


def test_the_interpreter_is_set_back_after_a_run(tmp_path: Path) -> None:
    before = gc.get_threshold()
    run([source(tmp_path, "a.py", "pass\n")], tmp_path)
    assert gc.get_threshold() == before
