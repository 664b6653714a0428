"""Hand-made snapshots, for what reads snapshots and knows no pipeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from antflow.types import (
    DashboardSnapshot,
    ErrorSummary,
    FailedItem,
    PipelineStats,
    StageStats,
    WorkerMetrics,
    WorkerState,
)

START = 1_000_000.0


@dataclass
class StagePicture:
    """One stage of a hand-made snapshot."""

    workers: int = 2
    busy: int = 0
    held: Mapping[str, int] = field(default_factory=dict)
    queued: int = 0
    retrying: int = 0
    done: int = 0
    failed: int = 0
    task_seconds: float = 0.0
    item: Any = "item"
    task: str = "work"

    def states(self, name: str, now: float) -> dict[str, WorkerState]:
        reasons = [kind for kind, count in self.held.items() for _ in range(count)]
        found = {}
        for number in range(self.workers):
            worker = f"{name}-W{number}"
            if number < self.busy:
                why = reasons[number] if number < len(reasons) else None
                state = WorkerState(worker, name, "busy", self.item, self.task, now - number, why)
            else:
                state = WorkerState(worker, name, "idle")
            found[worker] = state
        return found

    def metrics(self, name: str) -> dict[str, WorkerMetrics]:
        first = WorkerMetrics(f"{name}-W0", name, self.done, self.failed, self.task_seconds, START)
        others = (f"{name}-W{number}" for number in range(1, self.workers))
        return {first.worker_name: first} | {each: WorkerMetrics(each, name) for each in others}

    def stats(self, name: str) -> StageStats:
        inside = self.busy - sum(self.held.values())
        return StageStats(name, self.queued, inside, self.done, self.failed, self.retrying)


def _snapshot(
    at: float = 0.0,
    stages: Mapping[str, Mapping[str, Any]] | None = None,
    failures: Sequence[FailedItem] = (),
    **counts: int,
) -> DashboardSnapshot:
    now = START + at
    pictures = {name: StagePicture(**known) for name, known in (stages or {"Work": {}}).items()}
    done = list(pictures.values())[-1].done
    stats = {"processed": done, "failed": len(failures), "in_flight": 0} | counts
    return DashboardSnapshot(
        {k: v for name, one in pictures.items() for k, v in one.states(name, now).items()},
        {k: v for name, one in pictures.items() for k, v in one.metrics(name).items()},
        PipelineStats(
            queue_sizes={name: one.queued for name, one in pictures.items()},
            stage_stats={name: one.stats(name) for name, one in pictures.items()},
            **{f"items_{name}": count for name, count in stats.items()},
        ),
        ErrorSummary(
            len(failures),
            dict(Counter(failed.error_type for failed in failures)),
            dict(Counter(failed.stage for failed in failures)),
            list(failures)[-100:],
        ),
        now,
    )


def _failure(
    item_id: Any = 7,
    error: str = "no",
    kind: str = "ValueError",
    stage: str = "Work",
    at: float = 1.0,
) -> FailedItem:
    return FailedItem(item_id, error, kind, stage, 3, START + at)


@pytest.fixture
def snapshot() -> Callable[..., DashboardSnapshot]:
    """`snapshot(at=seconds, stages={name: fields of StagePicture}, failures=…, processed=…)`."""
    return _snapshot


@pytest.fixture
def failure() -> Callable[..., FailedItem]:
    """`failure(item_id, error, kind, stage, at=seconds)`."""
    return _failure
