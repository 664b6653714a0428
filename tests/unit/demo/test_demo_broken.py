"""The demo's own broken sources."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from antflow.demo.broken import BROKEN_SOURCES, write_broken_sources


@pytest.mark.parametrize("name", BROKEN_SOURCES)
def test_no_python_parses_it(name: str) -> None:
    # a NUL byte was a ValueError before Python 3.11.4
    with pytest.raises((SyntaxError, ValueError)):
        ast.parse(BROKEN_SOURCES[name])


def test_tabs_and_spaces_fail_as_tabs_and_spaces() -> None:
    with pytest.raises(TabError):
        ast.parse(BROKEN_SOURCES["tabs_and_spaces.py"])


def test_they_arrive_on_disk_byte_by_byte(tmp_path: Path) -> None:
    paths = write_broken_sources(tmp_path / "broken")
    assert {path.name: path.read_bytes() for path in paths} == BROKEN_SOURCES


def test_they_may_be_written_again(tmp_path: Path) -> None:
    assert write_broken_sources(tmp_path) == write_broken_sources(tmp_path)
