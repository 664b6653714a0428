"""`Session`: a whole run, from an idle pipeline to an idle pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any

from antflow.exceptions import PipelineError
from antflow.pipeline.engine import Engine
from antflow.tracker import StatusTracker
from antflow.types import DashboardProtocol

if TYPE_CHECKING:
    from antflow.pipeline.pipeline import Pipeline

HURRY = 0.1
"""Seconds that a subscriber has for its last events where a run ends by an error."""

SHOWN_ITEMS = 10_000
"""Items that the tracker of a display keeps, where the pipeline has no tracker of its own."""


class Session(AbstractAsyncContextManager[Engine]):
    """Has the pipeline to itself while `run` or `stream` goes on.

    Args:
        pipeline: must not be running.
        displays: one that needs a tracker gets one for this run.
        options: for the engine.

    Raises:
        PipelineError: a run is going on.
    """

    def __init__(
        self, pipeline: Pipeline, displays: Sequence[DashboardProtocol], **options: Any
    ) -> None:
        self._pipeline = pipeline
        self._displays = displays
        self._options = options

    async def __aenter__(self) -> Engine:
        pipeline = self._pipeline
        engine = pipeline._engine
        if pipeline._exclusive or (engine and engine.busy and not engine.abandon()):
            raise PipelineError(
                "Pipeline is already running; wait for it to end, or run another Pipeline"
            )
        pipeline._exclusive = True
        self._tracker = pipeline.tracker
        try:
            if engine is not None:
                await pipeline._end(0.0)
            if self._tracker is None and any(map(_needs_tracker, self._displays)):
                pipeline.tracker = StatusTracker(max_items=SHOWN_ITEMS)
                pipeline.tracker.watch(pipeline._ledger)
            return pipeline._open(**self._options)
        except BaseException:
            pipeline._exclusive = False
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        pipeline = self._pipeline
        try:
            await pipeline._end(0.0, None if error is None else HURRY)
        finally:
            pipeline.tracker = self._tracker
            pipeline._exclusive = False


def _needs_tracker(display: DashboardProtocol) -> bool:
    return getattr(display, "needs_tracker", False)


def total_of(items: Any) -> int | None:
    """Length of the source, or None."""
    return len(items) if hasattr(items, "__len__") else None
