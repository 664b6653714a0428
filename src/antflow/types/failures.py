"""What failed, counted and listed."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from antflow.records import answer_as_dataclasses


class FailedItem(Struct, frozen=True):
    """One failure.

    Attributes:
        item_id: the item's id.
        error: the exception's text.
        error_type: name of the exception's class.
        stage: name of the stage it failed in.
        attempts: attempts really made.
        timestamp: Unix seconds.
        exception: the exception with its traceback; kept for the newest 1,000 failures.
    """

    item_id: Any
    error: str
    error_type: str
    stage: str
    attempts: int
    timestamp: float
    exception: BaseException | None = None


class ErrorSummary(Struct, frozen=True):
    """All failures, counted and listed.

    Attributes:
        total_failed: number of failed items.
        errors_by_type: count by exception class name.
        errors_by_stage: count by stage name.
        failed_items: the failures, oldest first (in a snapshot: the newest 100).
    """

    total_failed: int = 0
    errors_by_type: dict[str, int] = {}
    errors_by_stage: dict[str, int] = {}
    failed_items: list[FailedItem] = []

    def __str__(self) -> str:
        if not self.total_failed:
            return "No errors occurred"
        lines = [f"ErrorSummary: {self.total_failed} failed items"]
        for title, counts in (("type", self.errors_by_type), ("stage", self.errors_by_stage)):
            ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
            lines += ["", f"By {title}:", *(f"  {name}: {count}" for name, count in ranked)]
        return "\n".join(lines)


answer_as_dataclasses(FailedItem, ErrorSummary)
