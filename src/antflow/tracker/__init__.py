"""Tracking: every event of every item, with its worker and time, and who wants to hear of it."""

from antflow.tracker.subscriber import DeliveryStats, Overflow
from antflow.tracker.tracker import StatusTracker

__all__ = ["DeliveryStats", "Overflow", "StatusTracker"]
