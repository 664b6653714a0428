"""The search language: `parse(text)` gives a `Query` that says which tasks fit."""

from antflow.cluster.search.query import Query, parse

__all__ = ["Query", "parse"]
