"""`install_fast_loop`: a faster event loop where one is installed."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys

import pytest

from antflow import install_fast_loop

FAST = "winloop" if sys.platform == "win32" else "uvloop"
PROGRAM = """
import asyncio, warnings
from antflow import Pipeline, Stage, install_fast_loop

async def double(value):
    return 2 * value

installed = install_fast_loop()
async def main():
    results = await Pipeline([Stage("A", 2, [double, str])]).run([1, 2])
    module = type(asyncio.get_running_loop()).__module__.partition(".")[0]
    print(installed, module, [result.value for result in results])

asyncio.run(main())
"""
BLOCKED = f"import sys; sys.modules[{FAST!r}] = None\n"


def run(program: str) -> str:
    """In a process of its own: the policy holds for the whole program."""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.stderr == ""
    return ended.stdout.strip()


@pytest.mark.skipif(importlib.util.find_spec(FAST) is None, reason=f"{FAST} is not installed")
def test_with_it_installed_asyncio_run_uses_it_and_pipelines_run() -> None:
    assert run(PROGRAM) == f"True {FAST} ['2', '4']"


def test_without_it_everything_stays_as_it_is() -> None:
    assert run(BLOCKED + PROGRAM) == "False asyncio ['2', '4']"


def test_without_it_this_very_program_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, FAST, None)
    assert install_fast_loop() is False
    assert asyncio.run(asyncio.sleep(0, "still runs")) == "still runs"
