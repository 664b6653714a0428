"""Other libraries beside us: each in an environment of its own, made once under `.bench/`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

from benchmarks.pairs import Pairs
from benchmarks.report import Row
from benchmarks.scale import Scale

ROOT = Path(__file__).parent.parent
ENVIRONMENTS = ROOT / ".bench"

# module in benchmarks.rivals: (distribution, version)
RIVALS = {
    "antflow": ("antflow", "0.10.0"),
    "aiostream": ("aiostream", "0.8.1"),
    "pypeln": ("pypeln", "0.4.9"),
    "pyper": ("python-pyper", "0.4.4"),
    "streamable": ("streamable", "2.0.0"),
}
INSTALL_SECONDS = 300
RUN_SECONDS = 1_800


class SkippedError(Exception):
    """A library cannot be measured here; the text is the word for the table."""


def compare(module: str, scale: Scale) -> list[Row]:
    """CPU time of the same job with another library over that of the plain loop beside it."""
    distribution, version = RIVALS[module]
    title = f"{distribution} {version}"
    try:
        found = _measured(module, environment(distribution, version), scale)
    except SkippedError as error:
        return [Row(f"rival-{module}", title, None, str(error))]
    return [_row(module, title, name, figures) for name, figures in found.items()]


def _row(module: str, title: str, name: str, figures: dict[str, Any]) -> Row:
    pairs = Pairs(figures["measured"], figures["plain loop"])
    return Row(
        f"rival-{module}",
        title if name == "run" else f"{title}, {name}",
        pairs.ratio,
        "×",
        note=f"{figures['items']:,} items, pair by pair {pairs.pairwise:.2f} ×",
        samples={"measured": pairs.measured, "plain loop": pairs.reference},
    )


def environment(distribution: str, version: str, *more: str) -> Path:
    """The interpreter of the library's own environment, which is made where it is missing.

    Args:
        distribution: its name.
        version: its version.
        more: requirements to install beside it.
    """
    python_version = f"{sys.version_info.major}.{sys.version_info.minor}"
    folder = ENVIRONMENTS / f"{distribution}-{version}-py{python_version}"
    interpreter = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    ready = folder / "ready"
    if not ready.exists():
        venv.create(folder, with_pip=True, clear=True)
        command = [interpreter, "-m", "pip", "install", "--quiet"]
        command += [f"{distribution}=={version}", *more]
        _ended(command, INSTALL_SECONDS, "does not install here")
        ready.touch()
    return interpreter


def _measured(module: str, interpreter: Path, scale: Scale) -> dict[str, dict[str, Any]]:
    command = [interpreter, "-m", f"benchmarks.rivals.{module}", str(scale.pairs), str(scale.items)]
    output = _ended(command, RUN_SECONDS, "does not run here")
    found: dict[str, dict[str, Any]] = json.loads(output.splitlines()[-1])
    return found


def _ended(command: list[Any], seconds: float, word: str) -> str:
    # PYTHONPATH could put our own package in front of the one of the same name
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        ended = subprocess.run(
            command,
            capture_output=True,
            check=True,
            cwd=ROOT,
            env=environment,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise SkippedError("takes too long here") from None
    except subprocess.CalledProcessError as error:
        print(error.stderr[-2000:], file=sys.stderr)
        raise SkippedError(word) from None
    return ended.stdout
