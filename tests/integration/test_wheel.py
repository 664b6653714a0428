"""What a user installs: the wheel into an empty environment, on every Python of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "src" / "antflow" / "demo"
MINORS = (11, 12, 13, 14)
TINY_PIPELINE = """
import asyncio, sys
from antflow import Pipeline, Stage

async def double(x):
    return x * 2

async def main():
    pipeline = Pipeline([Stage("Double", workers=2, tasks=[double])])
    print([result.value for result in await pipeline.run(range(3))])

asyncio.run(main())
assert "site-packages" in sys.modules["antflow"].__file__
"""


def _run(*command: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV"))}
    words = [str(word) for word in command]
    return subprocess.run(
        words, cwd=cwd, env=environment, capture_output=True, text=True, timeout=110
    )


def _python(minor: int) -> str | None:
    """A working Python 3.minor: the running one, one on PATH, or one of pyenv."""
    if sys.version_info[:2] == (3, minor):
        return sys.executable
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = [shutil.which(f"python3.{minor}"), *pyenv.glob(f"versions/3.{minor}.*/bin/python")]
    probe = f"import sys, venv; sys.exit(sys.version_info[:2] != (3, {minor}))"
    for python in found:
        if python and _run(python, "-c", probe).returncode == 0:
            return str(python)
    return None


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    build = _run(sys.executable, "-m", "hatchling", "build", "-d", folder, cwd=ROOT)
    assert build.returncode == 0, build.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    """The wheel's file."""
    (path,) = built.glob("antflow-*.whl")
    return path


def _install(python: str, wheel: Path, home: Path) -> Path:
    """A new environment with the wheel and what it requires; its folder of programs."""
    assert _run(python, "-m", "venv", "--without-pip", home).returncode == 0
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    done = _run(*pip, "--python", home, "install", "--no-compile", wheel)
    if done.returncode:
        probe = _run(*pip, "download", "--no-deps", "--no-cache-dir", "-d", home / "got", "msgspec")
        if probe.returncode:
            pytest.skip("no package index can be reached: pip cannot download msgspec")
    assert done.returncode == 0, done.stderr
    return home / ("Scripts" if os.name == "nt" else "bin")


@pytest.mark.parametrize("minor", MINORS, ids=lambda minor: f"python3.{minor}")
def test_the_plain_wheel_runs_a_pipeline_and_the_command(
    minor: int, wheel: Path, tmp_path: Path
) -> None:
    """With no extra installed: a pipeline runs, warnings are errors, and the command answers."""
    if (python := _python(minor)) is None:
        pytest.skip(f"no Python 3.{minor} on this machine")
    programs = _install(python, wheel, tmp_path / "venv")
    ran = _run(programs / "python", "-W", "error", "-c", TINY_PIPELINE, cwd=tmp_path)
    assert (ran.stdout.strip(), ran.stderr) == ("[0, 2, 4]", "")
    version = _run(programs / "antflow", "--version", cwd=tmp_path)
    assert wheel.name.split("-")[1] in version.stdout, version.stderr


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    strangers = [name for name in names if not name.startswith(("antflow/", "antflow-"))]
    assert strangers == []
    assert {"antflow/__init__.py", "antflow/py.typed"} <= set(names)


def test_the_wheel_holds_every_file_of_the_demo(wheel: Path) -> None:
    """The demo works on sources of its own, broken ones too, which no tool may leave out."""
    names = set(zipfile.ZipFile(wheel).namelist())
    files = [path for path in DEMO.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    wanted = {f"antflow/demo/{path.relative_to(DEMO).as_posix()}" for path in files}
    assert wanted - names == set()


def test_the_sdist_holds_what_builds_and_tests_it(built: Path) -> None:
    (path,) = built.glob("antflow-*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"pyproject.toml", "LICENSE", "README.md", "Makefile", "src/antflow/py.typed"}
    assert wanted - names == set()
    hidden = (".git/", ".venv", "build/", "dist/", ".pytest_cache", ".hypothesis")
    assert [name for name in names if name.startswith(hidden) or "__pycache__" in name] == []
