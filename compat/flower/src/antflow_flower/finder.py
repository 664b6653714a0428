"""The finder that gives `flower` where nobody else does. Loaded whenever Python starts: small."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

HOMES = {
    "flower": "antflow_flower.modules",
    "flower.api": "antflow_flower.modules",
    "flower.api.control": "antflow_flower.control",
    "flower.events": "antflow_flower.events",
    "flower.inspector": "antflow_flower.inspector",
}
"""Where the contents of each module are."""

PACKAGES = ("flower", "flower.api")


class FlowerFinder:
    """Finds the modules of `HOMES`; at the end of `sys.meta_path`, after everybody else."""

    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of one of our modules, or None."""
        if name not in HOMES or (name != "flower" and not cls._is_ours()):
            return None
        from importlib.machinery import ModuleSpec

        return ModuleSpec(name, cls, origin="antflow", is_package=name in PACKAGES)

    @classmethod
    def _is_ours(cls) -> bool:
        # Of a real flower that lacks one of these modules, ours would be no part.
        spec = getattr(sys.modules.get("flower"), "__spec__", None)
        return getattr(spec, "loader", None) is cls

    @staticmethod
    def create_module(spec: ModuleSpec) -> None:
        """Have Python make an empty module."""

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Fill it with the public names of its home."""
        from importlib import import_module

        home = import_module(HOMES[module.__name__])
        module.__doc__ = home.__doc__
        module.__all__ = list(home.__all__)
        for name in home.__all__:
            setattr(module, name, getattr(home, name))


def register() -> None:
    """Put the finder at the end of `sys.meta_path`, once."""
    if FlowerFinder not in sys.meta_path:
        sys.meta_path.append(FlowerFinder)
