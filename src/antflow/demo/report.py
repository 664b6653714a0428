"""The text that ends a demo: what the run did, what failed, and what was found."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from antflow import DashboardSnapshot, FailedItem, WorkerMetrics
from antflow.demo.findings import Findings, LargeFunction, read_findings


class Outcome(Struct, frozen=True):
    """What a run came to.

    Attributes:
        snapshot: the pipeline's last state.
        elapsed: seconds.
        lines: source lines stored.
        rate: the rate that was asked for.
        interrupted: it was ended by Ctrl-C.
    """

    snapshot: DashboardSnapshot
    elapsed: float
    lines: int
    rate: float | None
    interrupted: bool

    @property
    def times(self) -> list[StageTime]:
        """Where the time went, by stage in order."""
        return stage_times(self.snapshot.worker_metrics.values(), self.elapsed)


class Section(Struct, frozen=True):
    """A heading and the lines below it."""

    title: str
    lines: list[str]


class StageTime(Struct, frozen=True):
    """Where the time of a run went.

    Attributes:
        stage: the stage's name.
        workers: how many it has.
        items: processed or failed there.
        seconds: spent in its tasks, all its workers together.
        load: share of its workers' time that was spent in tasks, 0.0 to 1.0.
    """

    stage: str
    workers: int
    items: int
    seconds: float
    load: float

    @property
    def each(self) -> float:
        """Seconds per item."""
        return self.seconds / self.items if self.items else 0.0


def stage_times(metrics: Iterable[WorkerMetrics], elapsed: float) -> list[StageTime]:
    """Add up the workers' metrics by stage, in the order in which the stages come."""
    by_stage: dict[str, list[WorkerMetrics]] = {}
    for worker in metrics:
        by_stage.setdefault(worker.stage, []).append(worker)
    return [_stage_time(stage, workers, elapsed) for stage, workers in by_stage.items()]


def _stage_time(stage: str, workers: Sequence[WorkerMetrics], elapsed: float) -> StageTime:
    seconds = sum(worker.total_processing_time for worker in workers)
    return StageTime(
        stage=stage,
        workers=len(workers),
        items=sum(worker.items_processed + worker.items_failed for worker in workers),
        seconds=seconds,
        load=min(1.0, seconds / (len(workers) * elapsed)) if elapsed else 0.0,
    )


def bottleneck(times: Sequence[StageTime], rate: float | None) -> str:
    """One sentence that says what held the run back."""
    busiest = max(times, key=lambda time: time.load, default=None)
    if busiest is None or not busiest.items:
        return "nothing ran"
    share = f"its workers were busy {busiest.load:.0%} of the time"
    if rate is not None and busiest.load < 0.9:
        return f"the rate of {rate:g}/s; the busiest stage is {busiest.stage}: {share}"
    return f"{busiest.stage}: {share}"


def outcome_sections(outcome: Outcome, database: Path) -> list[Section]:
    """What the run did, what failed, and what the `database` that it wrote holds."""
    return [
        run_section(outcome),
        failures_section(outcome.snapshot),
        *findings_sections(read_findings(database)),
    ]


def run_section(outcome: Outcome) -> Section:
    """What became of the files, how fast, and what held them back."""
    elapsed, stats = outcome.elapsed, outcome.snapshot.pipeline_stats
    ended = stats.items_processed + stats.items_failed
    speed, pace = (count / elapsed if elapsed else 0.0 for count in (ended, outcome.lines))
    became = f"{stats.items_processed:,} stored, {stats.items_failed:,} failed"
    if stats.items_cancelled:
        became += f", {stats.items_cancelled:,} cancelled on their way"
    lines = [
        f"{ended:,} files in {elapsed:.1f} s: {speed:,.0f} files/s, {pace:,.0f} lines/s",
        became,
        f"bottleneck: {bottleneck(outcome.times, outcome.rate)}",
    ]
    if outcome.rate is None and has_one_lock():
        lines.append("(one thread runs at a time, the GIL: times hold what stages wait for it)")
    return Section("The run", lines)


def has_one_lock() -> bool:
    """Whether the threads of this Python share one lock, as they do but in free-threaded ones."""
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


def stages_section(outcome: Outcome) -> Section:
    """Time per stage."""
    lines = [f"{'stage':<10}{'workers':>8}{'files':>9}{'each':>12}{'together':>11}{'busy':>7}"]
    lines += [
        f"{time.stage:<10}{time.workers:>8}{time.items:>9,}"
        f"{time.each * 1000:>9.2f} ms{time.seconds:>9.2f} s{time.load:>7.0%}"
        for time in outcome.times
    ]
    return Section("Time per stage", lines)


def failures_section(snapshot: DashboardSnapshot, examples: int = 5) -> Section:
    """Failures by type, each with its newest `examples`."""
    summary = snapshot.error_summary
    if not summary.total_failed:
        return Section("Failures", ["none"])
    lines = []
    ranked = sorted(summary.errors_by_type.items(), key=lambda pair: (-pair[1], pair[0]))
    for kind, count in ranked:
        lines.append(f"{kind}: {count:,}")
        newest = [item for item in reversed(summary.failed_items) if item.error_type == kind]
        lines += [_failure(item) for item in newest[:examples]]
        if count > examples:
            lines.append(f"  … and {count - examples:,} more")
    return Section(f"Failures: {summary.total_failed:,}", lines)


def _failure(item: FailedItem) -> str:
    error = item.exception
    if isinstance(error, SyntaxError):
        # its text ends with the file and the line, and the file is named already
        line = f":{error.lineno}" if error.lineno else ""
        return f"  {item.item_id}{line}  {error.msg}"
    return f"  {item.item_id}  {item.error}"


def traceback_section(snapshot: DashboardSnapshot) -> Section:
    """The traceback of the newest failure."""
    for item in reversed(snapshot.error_summary.failed_items):
        if item.exception is not None:
            text = "".join(traceback.format_exception(item.exception))
            return Section(f"Traceback of {item.item_id}", text.rstrip().splitlines())
    return Section("Traceback", ["nothing failed"])


def findings_sections(findings: Findings) -> list[Section]:
    """What stands in the library's sources."""
    totals = findings.totals
    counts = (
        f"{totals.modules:,} modules, {totals.lines:,} lines, {totals.size / 1e6:.1f} MB, "
        f"{totals.classes:,} classes, {totals.functions:,} functions"
    )
    largest = [f"{each.lines:>5,} lines  {_place(each)}" for each in findings.largest]
    tangled = [f"complexity {each.complexity:>3}  {_place(each)}" for each in findings.complex]
    imported = [f"{count:>5,} modules import {name}" for name, count in findings.imported]
    return [
        Section("What is in the library", [counts]),
        Section("The largest functions", largest),
        Section("The most complex functions", tangled),
        Section("The most imported modules", imported),
    ]


def _place(function: LargeFunction) -> str:
    return f"{function.name}  {function.module}:{function.line}"
