"""What a broker tells about its queues, and a broker that needs no server.

Importing this makes addresses of the form `antflow+filesystem:///a/folder` known to Celery.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kombu.transport import TRANSPORT_ALIASES

if TYPE_CHECKING:
    from antflow.cluster.broker.addresses import public_url, read_address
    from antflow.cluster.broker.application import filesystem_app
    from antflow.cluster.broker.watch import QueueWatch, queue_views

__all__ = ["QueueWatch", "filesystem_app", "public_url", "queue_views", "read_address"]

_HOMES = {
    "QueueWatch": "watch",
    "filesystem_app": "application",
    "public_url": "addresses",
    "queue_views": "watch",
    "read_address": "addresses",
}

# kombu takes what stands before the "+" of an address for the transport's name
TRANSPORT_ALIASES["antflow"] = "antflow.cluster.broker.filesystem:Transport"


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"antflow.cluster.broker.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
