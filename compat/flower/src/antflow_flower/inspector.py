"""`Inspector`, from antflow."""

from antflow.cluster.inspector import Inspector

__all__ = ["Inspector"]
