"""Receiving a cluster's events: a thread reads and decodes, the loop applies them to the state."""

from __future__ import annotations

from antflow.cluster.events.events import Events

__all__ = ["Events"]
