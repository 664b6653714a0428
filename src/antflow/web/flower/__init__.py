"""Flower's HTTP contract: the routes, parameters, keys and status codes of Flower 2.2.

Where an answer differs on purpose, docs/flower.md says so.
"""

from antflow.web.flower.router import router

__all__ = ["router"]
