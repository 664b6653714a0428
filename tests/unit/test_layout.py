"""The shape of the source tree: small files, and texts that are true for every reader."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES_AT_MOST = 350
SOURCES = sorted(
    path
    for folder in ("src", "tests", "benchmarks", "examples", "scripts")
    for path in (ROOT / folder).rglob("*.py")
)
TEXT_SUFFIXES = set(".py .md .toml .txt .yml .yaml .sh .json .jsonl .cfg .ini .svg .html".split())
TEXT_SUFFIXES |= {".ts", ".tsx", ".css", ".editorconfig", ".gitignore", ""}

# Written in two halves, so that this file does not hold what it looks for.
INSTALL_OF_ANOTHER_PROJECT = re.compile(r"\b(pip|uv|pipx)\s+(add|install)\s+" + r"antflow\b")
PATHS_OF_ONE_MACHINE = re.compile("/(work|root|home)" + r"/\w|/(tmp|opt)" + r"/[\w.-]+/")


def _tracked() -> list[Path]:
    """The files that git has or would take; without git, all that are not made by a tool."""
    if shutil.which("git") and (ROOT / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        names = [name for name in listed.stdout.split("\0") if name]
    else:
        made = ("build/", "dist/", ".")
        found = (path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*"))
        names = [name for name in found if not name.startswith(made)]
    return [path for name in names if (path := ROOT / name).is_file()]


TEXTS = [path for path in _tracked() if path.suffix in TEXT_SUFFIXES]


def _hits(pattern: re.Pattern[str]) -> Iterator[str]:
    for path in TEXTS:
        text = path.read_text(encoding="utf-8")
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield f"{path.relative_to(ROOT)}:{line}: {match[0]}"


def test_the_sources_are_found() -> None:
    assert ROOT / "src" / "antflow" / "__init__.py" in SOURCES
    assert ROOT / "README.md" in TEXTS


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_source_file_is_longer_than_350_lines(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= LINES_AT_MOST, f"{lines} lines: split it by what its parts hold"


def test_no_text_tells_to_install_the_other_package_of_this_name() -> None:
    """That name on PyPI belongs to another project; ours is installed from a checkout."""
    assert list(_hits(INSTALL_OF_ANOTHER_PROJECT)) == []


def test_no_text_names_a_path_of_one_machine() -> None:
    assert list(_hits(PATHS_OF_ONE_MACHINE)) == []


def test_no_module_is_named_for_nothing() -> None:
    """A module is named for what it holds."""
    vague = {"utils", "util", "helpers", "common", "misc", "manager"}
    assert [path for path in SOURCES if path.stem in vague] == []


def test_the_architecture_page_names_every_room() -> None:
    """Each module or package of antflow stands in the page's table."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    package = ROOT / "src" / "antflow"
    rooms = [path for path in package.iterdir() if not path.name.startswith(("_", "."))]
    names = [
        room.name if room.suffix == ".py" else f"{room.name}/"
        for room in rooms
        if room.suffix == ".py" or (room / "__init__.py").exists()
    ]
    assert [name for name in names if f"`{name}" not in page] == []


def test_every_decision_is_listed_on_the_page_of_decisions() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = (folder / "index.md").read_text(encoding="utf-8")
    pages = [page.name for page in folder.glob("0*.md")]
    assert pages
    assert [page for page in pages if f"({page})" not in listed] == []


def test_every_make_command_in_the_texts_is_a_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    named = {
        name
        for page in pages
        for name in re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE)
    }
    assert {"demo", "test", "lint"} <= named
    assert named - targets == set()
