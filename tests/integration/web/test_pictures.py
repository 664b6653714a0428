"""The pictures of every page, light and dark, wide and narrow, and two of them in the README."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from types import ModuleType

import pytest
from loading import load

from antflow.web.sources import FakeSource

ROOT = Path(__file__).parents[3]
IMAGES = ROOT / "docs" / "images"


@pytest.fixture(scope="module")
def screenshots() -> ModuleType:
    """The script that takes them."""
    return load(ROOT / "scripts" / "screenshots.py")


def names(screenshots: ModuleType) -> list[str]:
    return [name for name, _ in screenshots.pages(FakeSource("shop", tasks=200))]


def size_of(path: Path) -> tuple[int, int]:
    """Width and height of a PNG."""
    head = path.read_bytes()[:24]
    assert head.startswith(b"\x89PNG\r\n\x1a\n"), path
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def test_each_page_of_the_dashboard_has_a_picture_to_be_taken(screenshots: ModuleType) -> None:
    paths = {path.partition("?")[0] for _, path in screenshots.pages(FakeSource("shop", tasks=200))}
    kinds = {f"/{path.split('/')[1]}" for path in paths}
    assert kinds == {
        *("/", "/pipelines", "/workers", "/worker", "/tasks", "/task", "/queues", "/failures"),
        *("/events", "/schedule", "/about"),
    }


def test_each_picture_is_there_in_both_themes_and_widths(screenshots: ModuleType) -> None:
    assert screenshots.SIZES.keys() == {1440, 390}
    assert set(screenshots.THEMES) == {"light", "dark"}
    for name in names(screenshots):
        for theme in screenshots.THEMES:
            for width, height in screenshots.SIZES.items():
                assert size_of(IMAGES / f"{name}-{theme}-{width}.png") == (width, height)


def test_no_two_pictures_are_the_same(screenshots: ModuleType) -> None:
    found = [path.read_bytes() for path in IMAGES.glob("*.png")]
    assert len(found) >= len(names(screenshots)) * 4
    assert len(set(found)) == len(found)


def test_the_readme_shows_two_of_them() -> None:
    shown = re.findall(r"docs/images/([\w-]+\.png)", (ROOT / "README.md").read_text())
    assert len(set(shown)) == 2
    assert all((IMAGES / name).is_file() for name in shown)
