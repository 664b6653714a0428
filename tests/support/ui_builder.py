"""`scripts/build_ui.py`, which builds the pages, as a module."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from loading import load

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "build_ui.py"


def builder() -> ModuleType:
    """The script; loaded once."""
    return load(SCRIPT)
