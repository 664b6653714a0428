"""An environment with the compatibility package, and the means to run examples in it."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from workers import WorkerProcess

ROOT = Path(__file__).parents[3]
EXAMPLES = Path(__file__).parent / "worker_management"

# Runs `script`, in which `await play(example)` runs an example with await allowed everywhere,
# in the same names as the examples before it.
PLAYER = """
import ast, asyncio, inspect, sys
from pathlib import Path

names = {}
FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

def code_of(name):
    path = Path(sys.argv[1]) / f"{name}.py"
    return compile(path.read_text(), str(path), "exec", flags=FLAGS, dont_inherit=True)

def play_plain(name):
    assert eval(code_of(name), names) is None

async def play(name):
    ended = eval(code_of(name), names)
    if inspect.isawaitable(ended):
        await ended
"""


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV", "CELERY"))}
    words = [str(word) for word in command]
    return subprocess.run(
        words, env={**env, **environment}, capture_output=True, text=True, timeout=100, check=False
    )


@pytest.fixture(scope="session")
def compat_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compat")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--no-deps"]
    built = run(*pip, "--no-build-isolation", "-w", folder, ROOT / "compat" / "flower")
    assert built.returncode == 0, built.stderr
    (path,) = folder.glob("*.whl")
    return path


class Home:
    """A virtual environment that sees the packages of the one that runs the tests."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.folder = folder
        self.wheel = wheel
        made = run(sys.executable, "-m", "venv", "--without-pip", folder)
        assert made.returncode == 0, made.stderr
        self.python = folder / "bin" / "python"
        here = sysconfig.get_path("purelib")
        (self.packages,) = folder.glob("lib/python*/site-packages")
        # `site`, for the .pth files in there: the checkout is installed by one.
        line = f"import site; site.addsitedir({here!r})\n"
        (self.packages / "aaa_tests.pth").write_text(line, encoding="utf-8")

    def pip(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", self.python]
        return run(*pip, *words)

    def reinstall(self) -> None:
        """Have the compatibility package, whatever was before."""
        done = self.pip("install", "--no-deps", "--force-reinstall", self.wheel)
        assert done.returncode == 0, done.stderr

    def run(self, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
        words = [self.python, "-W", "error", "-c", PLAYER + script, EXAMPLES]
        return run(*words, **environment)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, compat_wheel: Path) -> Home:
    """With the compatibility package, and the tornado that the examples import."""
    made = Home(tmp_path_factory.mktemp("home") / "venv", compat_wheel)
    made.reinstall()
    if made.run("import tornado").returncode:
        got = made.pip("install", "--no-deps", "tornado>=6.4")
        if got.returncode:
            pytest.skip("tornado is not installed, and no package index can be reached")
    return made


@pytest.fixture
def worker1() -> Iterator[Callable[..., Any]]:
    """`worker1(url)` starts the worker that the examples name, `celery@worker1`."""
    started: list[WorkerProcess] = []

    def start(url: str, *args: str, **options: Any) -> WorkerProcess:
        worker = WorkerProcess(url, args=("-n", "celery@worker1", *args), **options)
        worker.hostname = "celery@worker1"
        started.append(worker)
        return worker.start()

    yield start
    for worker in started:
        worker.close()
