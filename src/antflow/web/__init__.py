"""The server: HTTP API, live stream and pages over any `Source`."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from antflow.web.app import create_app
    from antflow.web.mounting import mount
    from antflow.web.server import serve
    from antflow.web.settings import Settings

__all__ = ["Settings", "create_app", "mount", "serve"]

_HOMES = {
    "Settings": "antflow.web.settings",
    "create_app": "antflow.web.app",
    "mount": "antflow.web.mounting",
    "serve": "antflow.web.server",
}


def __getattr__(name: str) -> Any:
    try:
        home = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    return getattr(importlib.import_module(home), name)
