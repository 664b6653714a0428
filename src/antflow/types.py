"""The records that people see, for local pipelines and Celery clusters alike.

Timestamps are Unix seconds (float); durations are seconds on the monotonic clock.
Events, states, metrics and snapshots are frozen: what you hold never changes under you.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, runtime_checkable

from msgspec import Struct

from antflow.records import FrozenDict, answer_as_dataclasses

if TYPE_CHECKING:
    from antflow.pipeline import Pipeline

StatusType = Literal[
    "queued", "in_progress", "completed", "failed", "retrying", "skipped", "dropped", "cancelled"
]
TaskEventType = Literal["start", "complete", "retry", "fail"]
WorkerStatus = Literal["idle", "busy"]
TaskFunc = Callable[..., Any]
"""A task: a coroutine function, or a plain function, which then runs on a thread."""


class Drop:
    """The type of `DROP`; there is one instance."""

    def __repr__(self) -> str:
        return "antflow.DROP"

    def __reduce__(self) -> str:
        return "DROP"


DROP: Final = Drop()
"""Returned by a task to filter its item out: the item ends as `dropped`, with no result."""


class Item(Struct):
    """An input item that says what is its id and what its value, without guessing.

    Attributes:
        id: any hashable; None takes the next number of the run.
        value: what the first task receives.
        metadata: carried along untouched to `PipelineResult.metadata`.
        priority: lower goes first; None takes the priority given to `feed` (100 by default).
        stage: name of the stage to enter at; None: where it is fed, the first by default.
    """

    id: Any = None
    value: Any = None
    metadata: dict[str, Any] = {}
    priority: float | None = None
    stage: str | None = None


class PipelineResult(Struct, eq=False):  # noqa: PLW1641 — it may change, so it has no hash
    """What became of one item.

    Attributes:
        id: the item's id.
        value: the last task's return value; for a failed item, what entered the failed stage.
        sequence_id: position of the item in the input, from 0.
        metadata: the item's own extra keys.
        error: the exception that ended it, or None.
    """

    id: Any
    value: Any
    sequence_id: int
    metadata: dict[str, Any] = {}
    error: BaseException | None = None

    @property
    def is_success(self) -> bool:
        """True where the item left the last stage without an error."""
        return self.error is None

    def _key(self) -> tuple[Any, ...]:
        return (self.id, self.value, self.sequence_id, self.metadata, self.error)

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, PipelineResult) else NotImplemented

    def __repr__(self) -> str:
        return (
            f"PipelineResult(id={self.id!r}, value={self.value!r}, "
            f"sequence_id={self.sequence_id!r}, metadata={self.metadata!r}, error={self.error!r})"
        )


_NO_METADATA = FrozenDict()


class StatusEvent(Struct, frozen=True, gc=False):
    """An item changed its status in a stage.

    Attributes:
        item_id: the item's id.
        stage: the stage's name.
        status: the new status.
        worker: `"Fetch-W0"`; None while no worker has the item.
        timestamp: Unix seconds.
        metadata: for `failed`: error (text), error_type (class name), attempts; for `retrying`
            the same with retry=True and attempt, the number of the coming attempt (2 first).
    """

    item_id: Any
    stage: str | None
    status: StatusType
    worker: str | None
    timestamp: float
    metadata: dict[str, Any] = _NO_METADATA

    @property
    def worker_id(self) -> int | None:
        """The number after `-W` in the worker's name, or None."""
        if self.worker is None:
            return None
        digits = self.worker.rpartition("-W")[2]
        return int(digits) if digits.isdecimal() else None


class TaskEvent(Struct, frozen=True):
    """One attempt of one task of an item started or ended.

    Attributes:
        item_id: the item's id.
        stage: the stage's name.
        task_name: the task's name.
        worker: the worker's name.
        event_type: `start`, then `complete`, `retry` (another attempt follows) or `fail`.
        attempt: number of the attempt, from 1.
        timestamp: Unix seconds.
        error: the exception, for `retry` and `fail`.
        duration: seconds that the attempt took; None for `start`.
    """

    item_id: Any
    stage: str
    task_name: str
    worker: str
    event_type: TaskEventType
    attempt: int
    timestamp: float
    error: BaseException | None = None
    duration: float | None = None


class WorkerState(Struct, frozen=True):
    """What one worker is doing now.

    Attributes:
        worker_name: `"Fetch-W0"`.
        stage: the stage's name.
        status: `busy` while it holds an item, else `idle`.
        current_item_id: id of that item, or None.
        current_task: the running task's name, or the text it gave to `set_task_status`.
        processing_since: Unix seconds when it took the item, or None.
        waiting_for: None while a task runs; else what holds the worker up: `room` in the next
            stage, `retry`, a `rate` or another `limit` of the stage, `callback`, or `thread`
            (one that timed out and still runs).
    """

    worker_name: str
    stage: str
    status: WorkerStatus
    current_item_id: Any = None
    current_task: str | None = None
    processing_since: float | None = None
    waiting_for: str | None = None


class WorkerMetrics(Struct, frozen=True):
    """What one worker has done so far, over all runs.

    Attributes:
        worker_name: `"Fetch-W0"`.
        stage: the stage's name.
        items_processed: items it completed.
        items_failed: items that failed for good in its hands.
        total_processing_time: seconds spent in tasks (waiting apart).
        last_active: Unix seconds when it last ended an item, or None.
    """

    worker_name: str
    stage: str
    items_processed: int = 0
    items_failed: int = 0
    total_processing_time: float = 0.0
    last_active: float | None = None

    @property
    def avg_processing_time(self) -> float:
        """Seconds per item (processed or failed); 0.0 before the first."""
        items = self.items_processed + self.items_failed
        return self.total_processing_time / items if items else 0.0


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


class DashboardSnapshot(Struct, frozen=True):
    """A consistent picture of a pipeline at one moment.

    Attributes:
        worker_states: state by worker name.
        worker_metrics: metrics by worker name.
        pipeline_stats: the counts.
        error_summary: the failures; lists the newest 100.
        timestamp: Unix seconds.
    """

    worker_states: dict[str, WorkerState]
    worker_metrics: dict[str, WorkerMetrics]
    pipeline_stats: PipelineStats
    error_summary: ErrorSummary
    timestamp: float


@runtime_checkable
class DashboardProtocol(Protocol):
    """What `run(custom_dashboard=…)` calls; each method may be sync or async."""

    def on_start(self, pipeline: Pipeline, total: int | None) -> Any:
        """Called once before the first item; total is None where the source has no length."""

    def on_update(self, snapshot: DashboardSnapshot) -> Any:
        """Called at once, then every `dashboard_update_interval` seconds, and at the end."""

    def on_finish(self, results: list[PipelineResult], summary: ErrorSummary) -> Any:
        """Called once after the last item, also when the run was cancelled."""


answer_as_dataclasses(
    PipelineResult,
    StatusEvent,
    TaskEvent,
    WorkerState,
    WorkerMetrics,
    StageStats,
    PipelineStats,
    FailedItem,
    ErrorSummary,
    DashboardSnapshot,
)
