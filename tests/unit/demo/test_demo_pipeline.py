"""The demo's four stages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from antflow import StageValidationError, StatusTracker
from antflow.demo.broken import BROKEN_SOURCES, write_broken_sources
from antflow.demo.findings import read_findings
from antflow.demo.pipeline import STAGES, build_pipeline
from antflow.demo.source import Rounds, SourceFile, python_files
from antflow.demo.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "library.db")
    yield store
    store.close()


def whole_files(folder: Path, count: int) -> list[SourceFile]:
    folder.mkdir()
    for number in range(count):
        (folder / f"m{number}.py").write_text(f"import os\n\ndef f{number}():\n    return os\n")
    return python_files(folder)


async def test_a_file_goes_through_all_four_stages_into_the_database(
    store: Store, tmp_path: Path
) -> None:
    pipeline = build_pipeline(store)
    await pipeline.run(Rounds(whole_files(tmp_path / "lib", 20)))
    store.close()
    found = read_findings(store.path)
    assert (found.totals.modules, found.totals.lines, found.totals.functions) == (20, 80, 20)
    assert found.imported == [("os", 20)]
    stages = pipeline.get_stats().stage_stats
    assert [stage.completed_items for stage in stages.values()] == [20] * 4
    assert tuple(stages) == STAGES


async def test_a_broken_file_fails_in_parse_after_one_attempt(store: Store, tmp_path: Path) -> None:
    write_broken_sources(tmp_path / "broken")
    tracker = StatusTracker()
    pipeline = build_pipeline(store, tracker=tracker)
    await pipeline.run(Rounds(python_files(tmp_path / "broken")))
    summary = pipeline.get_error_summary()
    assert summary.total_failed == len(BROKEN_SOURCES)
    assert summary.errors_by_stage == {"Parse": len(BROKEN_SOURCES)}
    assert {item.attempts for item in summary.failed_items} == {1}
    assert not [event for event in tracker.get_history("nul_byte.py") if event.status == "retrying"]


async def test_a_file_that_cannot_be_read_is_tried_again(store: Store, tmp_path: Path) -> None:
    pipeline = build_pipeline(store)
    await pipeline.run(Rounds([SourceFile("gone.py", tmp_path / "gone.py")]))
    (failed,) = pipeline.get_error_summary().failed_items
    assert (failed.stage, failed.error_type, failed.attempts) == ("Read", "FileNotFoundError", 3)


async def test_the_rate_holds_for_read(store: Store) -> None:
    read, *others = build_pipeline(store, rate=30).stages
    assert (read.name, read.rate) == ("Read", 30)
    assert [stage.rate for stage in others] == [None] * 3


async def test_workers_can_be_chosen_by_stage(store: Store) -> None:
    names = build_pipeline(store, workers={"Read": 2, "Parse": 3}).get_worker_names()
    assert len(names["Read"]) == 2
    assert len(names["Parse"]) == 3
    assert len(names["Store"]) == 1


async def test_no_workers_at_all_is_an_error(store: Store) -> None:
    with pytest.raises(StageValidationError, match="at least 1 worker"):
        build_pipeline(store, workers={"Read": 0})
