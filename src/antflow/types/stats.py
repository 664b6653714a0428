"""Counts of stages and of a whole pipeline."""

from __future__ import annotations

from msgspec import Struct

from antflow.records import answer_as_dataclasses


class StageStats(Struct, frozen=True):
    """Counts of one stage.

    Attributes:
        stage_name: the stage's name.
        pending_items: in its queue. What waits for room there shows at the worker that has it.
        in_progress_items: in a task now.
        completed_items: completed or skipped here, over all runs.
        failed_items: failed here, over all runs.
        waiting_items: waiting for their next attempt.
    """

    stage_name: str
    pending_items: int
    in_progress_items: int
    completed_items: int
    failed_items: int
    waiting_items: int = 0


class PipelineStats(Struct, frozen=True):
    """Counts of a pipeline, over all its runs.

    At every moment fed = processed + failed + dropped + cancelled + in flight.

    Attributes:
        items_processed: left the last stage without failing, skipped ones included.
        items_failed: failed for good.
        items_in_flight: fed and without an outcome yet.
        queue_sizes: items waiting, by stage name.
        stage_stats: counts by stage name.
        items_fed: taken from a source.
        items_skipped: skipped by at least one stage on their way.
        items_dropped: filtered out by `DROP`.
        items_cancelled: ended by shutdown, cancellation or `revoke`.
    """

    items_processed: int
    items_failed: int
    items_in_flight: int
    queue_sizes: dict[str, int]
    stage_stats: dict[str, StageStats]
    items_fed: int = 0
    items_skipped: int = 0
    items_dropped: int = 0
    items_cancelled: int = 0


answer_as_dataclasses(StageStats, PipelineStats)
