"""The demo's pipeline, round and round."""

from __future__ import annotations

from pathlib import Path

import pytest
from polling import eventually_async

from antflow.demo.broken import write_broken_sources
from antflow.demo.slow_run import SlowRun
from antflow.demo.source import SourceFile, python_files


@pytest.fixture
def files(tmp_path: Path) -> list[SourceFile]:
    write_broken_sources(tmp_path / "broken")
    (tmp_path / "whole.py").write_text("X = 1\n")
    broken = python_files(tmp_path / "broken", prefix="broken/")
    return [SourceFile("whole.py", tmp_path / "whole.py"), *broken]


async def test_it_goes_round_until_it_is_told_to_end(
    files: list[SourceFile], tmp_path: Path
) -> None:
    run = SlowRun(files, tmp_path / "library.db", workers={"Read": 20, "Parse": 20})
    await run.start()
    await eventually_async(lambda: run.pipeline.get_stats().items_failed > len(files), 30)
    assert run.pipeline.get_error_summary().errors_by_stage["Parse"] > 5
    await run.stop()
    run.close()
    stats = run.pipeline.get_stats()
    ended = stats.items_processed + stats.items_failed + stats.items_cancelled
    assert stats.items_fed == ended


async def test_it_can_end_before_it_began(files: list[SourceFile], tmp_path: Path) -> None:
    run = SlowRun(files, tmp_path / "library.db")
    await run.stop()
    run.close()
    run.close()
    assert run.pipeline.get_stats().items_fed == 0


async def test_items_can_be_looked_up(files: list[SourceFile], tmp_path: Path) -> None:
    run = SlowRun(files, tmp_path / "library.db")
    assert run.pipeline.tracker is not None
    run.close()
