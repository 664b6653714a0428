"""The Python code of the README and the docs runs, and prints what they say it prints.

The blocks of a page run in order, in one namespace and one event loop, with `await` allowed
everywhere. A block with `asyncio.run` or `run_virtual` is a program of its own. A text block
right after a block is its output. `<!-- not run: reason -->` before a block leaves it out.
"""

from __future__ import annotations

import ast
import inspect
import io
import os
import re
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NOT_HERE = {"telemetry.md"}  # it sets the tracer of the whole program and opens a port
BLOCK = re.compile(
    r"^(?P<skip><!-- not run: [^>]+ -->\n+)?"
    r"^(?P<indent> *)```python\n(?P<code>.*?)^(?P=indent)```$"
    r"(?:\n+(?P=indent)```text\n(?P<output>.*?)^(?P=indent)```$)?",
    re.MULTILINE | re.DOTALL,
)


@dataclass
class Block:
    """A piece of Python of a page, at a line, with the output that the page shows."""

    path: Path
    line: int
    code: str
    output: str | None

    @property
    def is_program(self) -> bool:
        return any(start in self.code for start in ("asyncio.run(", "run_virtual("))

    def compiled(self, mode: int = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT) -> Any:
        """The code, with the lines of the page, so that a traceback points there."""
        code = "\n" * (self.line - 1) + self.code
        return compile(code, str(self.path), "exec", flags=mode, dont_inherit=True)


def _blocks(path: Path) -> list[Block]:
    text = path.read_text(encoding="utf-8")
    found = []
    for match in BLOCK.finditer(text):
        if match["skip"]:
            continue
        code = "".join(
            line.removeprefix(match["indent"]) for line in match["code"].splitlines(keepends=True)
        )
        line = text.count("\n", 0, match.start("code")) + 1
        found.append(Block(path, line, code, match["output"]))
    return found


PAGES = [
    page
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    if page.name not in NOT_HERE and _blocks(page)
]


def _check(block: Block, printed: str) -> None:
    if block.output is not None:
        assert printed.strip() == block.output.strip(), f"{block.path.name}:{block.line}"


async def _run_in(namespace: dict[str, Any], block: Block) -> str:
    with redirect_stdout(io.StringIO()) as stdout:
        answer = eval(block.compiled(), namespace)
        if inspect.isawaitable(answer):
            await answer
    return stdout.getvalue()


def _run_program(block: Block, folder: Path) -> str:
    program = folder / "program.py"
    program.write_text(block.code, encoding="utf-8")
    command = [sys.executable, "-W", "error", str(program)]
    environment = {**os.environ, "COLUMNS": "100", "CI": "true"}
    ran = subprocess.run(
        command, capture_output=True, text=True, timeout=60, cwd=folder, env=environment
    )
    assert ran.returncode == 0, f"{block.path.name}:{block.line}\n{ran.stderr}"
    return ran.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
async def test_the_code_of_a_page_runs_and_prints_what_the_page_shows(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {"__name__": "page"}
    for block in _blocks(page):
        printed = _run_program(block, tmp_path) if block.is_program else None
        _check(block, printed if printed is not None else await _run_in(namespace, block))


def test_the_readme_and_the_guides_have_code_that_runs() -> None:
    """So that a change of the markers cannot quietly leave everything out."""
    counts = {page.name: len(_blocks(page)) for page in PAGES}
    assert counts["README.md"] >= 1
    assert counts["pipelines.md"] >= 10
