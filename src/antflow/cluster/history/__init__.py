"""Keeping tasks over restarts, in SQLite or PostgreSQL."""

from __future__ import annotations

from antflow.cluster.history.address import default_url
from antflow.cluster.history.history import History

__all__ = ["History", "default_url"]
