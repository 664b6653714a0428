"""`Events`, from antflow."""

from antflow.cluster.events import Events

__all__ = ["Events"]
