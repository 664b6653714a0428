"""`scripts/build_ui.py`, which builds the pages, as a module."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
from loading import load

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "build_ui.py"


def builder() -> ModuleType:
    """The script; loaded once."""
    return load(SCRIPT)


def ready() -> ModuleType:
    """The script with Node and the packages at hand; skips where they cannot be had."""
    build_ui = builder()
    folder = build_ui.node_folder()
    if folder is None:
        pytest.skip("the pages cannot be built: no Node")
    try:
        build_ui.install(folder)
    except build_ui.BuildError as error:
        pytest.skip(f"the packages of the pages cannot be had: {error}")
    return build_ui


def have_pages() -> None:
    """Build them where they are not; a fault in their sources fails whoever needs them."""
    if not builder().is_built():
        ready().build()
