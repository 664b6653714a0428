"""Scripts that people could have written print what they always printed.

Each script of `scripts/` uses public names only and runs by itself; its transcript is stored
beside it as `NAME.expected`. On-purpose differences from AntFlow 0.10 are in `docs/migration.md`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script_prints_its_transcript(script: Path) -> None:
    """The script ends well, with no warning, and prints exactly its transcript."""
    ended = subprocess.run(
        [sys.executable, "-W", "error", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == script.with_suffix(".expected").read_text()


def test_every_transcript_belongs_to_a_script() -> None:
    """No `.expected` file is left behind by a script that was renamed."""
    transcripts = {path.stem for path in (Path(__file__).parent / "scripts").glob("*.expected")}
    assert transcripts == {path.stem for path in SCRIPTS}
