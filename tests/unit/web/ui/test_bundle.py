"""The built pages: small, complete, and quiet. They are built here where Node is to be had."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from ui_builder import have_pages

ROOT = Path(__file__).resolve().parents[4]
STATIC = ROOT / "src" / "antflow" / "web" / "static"
MOST_BYTES = 150_000
# Names of XML's vocabularies: never fetched.
NAMESPACES = ("http://www.w3.org/",)


@pytest.fixture(scope="module")
def built() -> Path:
    have_pages()
    return STATIC


def _assets(built: Path) -> list[Path]:
    return [path for path in built.iterdir() if path.suffix in {".js", ".css"}]


def test_scripts_and_styles_are_under_150_kilobytes_compressed(built: Path) -> None:
    assert sum(len(gzip.compress(path.read_bytes())) for path in _assets(built)) <= MOST_BYTES


def test_all_that_the_page_loads_is_there(built: Path) -> None:
    page = (built / "index.html").read_text()
    named = re.findall(r'(?:src|href)="/static/([^"]+)"', page)
    assert {Path(name).suffix for name in named} == {".js", ".css", ".svg"}
    assert all((built / name).is_file() for name in named)


def test_the_page_has_no_inline_script_style_or_handler(built: Path) -> None:
    page = (built / "index.html").read_text()
    assert not re.search(r"<style|\sstyle=|\son\w+=", page)
    assert all(re.search(r"\ssrc=", tag) for tag in re.findall(r"<script[^>]*>", page))


def test_nothing_built_names_an_address_of_the_network(built: Path) -> None:
    text = "".join(path.read_text() for path in built.iterdir())
    found = re.findall(r"(?:https?|wss?)://[^\s\"'`)]+", text)
    assert [address for address in found if not address.startswith(NAMESPACES)] == []


def test_the_sources_use_no_sink_that_trusted_types_forbid() -> None:
    sinks = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
    )
    sources = [path for path in (ROOT / "ui" / "src").rglob("*") if path.suffix in {".ts", ".tsx"}]
    assert sources
    assert [path.name for path in sources if sinks.search(path.read_text())] == []


def test_the_lock_file_names_no_registry() -> None:
    locked = json.loads((ROOT / "ui" / "package-lock.json").read_text())
    packages = [entry for name, entry in locked["packages"].items() if name]
    assert packages
    assert all("resolved" not in entry and "integrity" in entry for entry in packages)
    assert "omit-lockfile-registry-resolved=true" in (ROOT / "ui" / ".npmrc").read_text()


def test_every_file_of_the_sources_can_be_read_at_a_sitting() -> None:
    long = [
        path.name
        for path in (ROOT / "ui" / "src").rglob("*.*")
        if len(path.read_text().splitlines()) > 250
    ]
    assert long == []
