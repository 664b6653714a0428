"""The built pages are in the wheel: installed into an empty environment, it serves every page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from polling import eventually
from processes import Child, free_port, listens
from ui_builder import ready

ROOT = Path(__file__).parents[2]
SERVER = """
import sys
from antflow.web import serve
from antflow.web.settings import Settings
from antflow.web.sources import FakeSource
import antflow
assert antflow.__file__.startswith(sys.argv[1]), antflow.__file__
serve(FakeSource("farm", tasks=20), Settings(port=int(sys.argv[2])))
"""
PAGES = (
    *("/", "/pipelines", "/pipelines/farm", "/workers", "/worker/celery@node0001", "/tasks"),
    *("/task/x", "/queues", "/broker", "/failures", "/events", "/schedule", "/about"),
)
LARGEST = 150 * 1024


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's file; its build builds the pages."""
    ready()
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110)
    assert built.returncode == 0, built.stderr
    (path,) = folder.glob("antflow-*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel; what it requires comes from the environment of the tests."""
    home = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(home)}))
    zipfile.ZipFile(wheel).extractall(packages)
    # a plain .pth line: what is there comes after what is here, and no editable install is read
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home


@pytest.fixture(scope="module")
def address(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the installed package serves."""
    port = free_port()
    folder = tmp_path_factory.mktemp("run")
    python = installed / ("Scripts" if os.name == "nt" else "bin") / "python"
    command = [str(python), "-c", SERVER, str(installed), str(port)]
    child = Child(command, folder / "log", {"PYTHONPATH": None}, cwd=folder)
    try:

        def ready() -> bool:
            assert child.alive, child.tail()
            return listens(port)

        eventually(ready, 40, what=child.tail)
        yield f"http://127.0.0.1:{port}"
    finally:
        child.kill()


def fetch(url: str) -> tuple[int, str, bytes]:
    """Status, media type and body, unpacked."""
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.status, answer.headers["content-type"], answer.read()


@pytest.mark.parametrize("path", PAGES)
def test_the_installed_wheel_serves_every_page_and_what_it_loads(path: str, address: str) -> None:
    status, kind, body = fetch(address + path)
    assert (status, kind.partition(";")[0]) == (200, "text/html")
    loaded = re.findall(r'(?:src|href)="([^"]+\.(?:js|css|svg))"', body.decode())
    assert {Path(one).suffix for one in loaded} == {".js", ".css", ".svg"}
    for one in loaded:
        assert one.startswith("/static/"), one
        assert fetch(address + one)[0] == 200


def test_scripts_and_styles_are_under_150_kb_compressed(address: str) -> None:
    _, _, page = fetch(address + "/")
    total = 0
    for one in re.findall(r'(?:src|href)="([^"]+\.(?:js|css))"', page.decode()):
        asked = urllib.request.Request(address + one, headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(asked, timeout=20) as answer:
            assert answer.headers["content-encoding"] == "gzip"
            total += len(answer.read())
    assert 0 < total < LARGEST
