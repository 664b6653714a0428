"""What the engine costs around tasks that do nothing: CPU time, against the plain loop."""

from __future__ import annotations

import gc
import time
from collections.abc import Awaitable, Callable
from functools import partial
from statistics import median

from antflow import Pipeline, PipelineResult, Stage, StatusEvent, StatusTracker
from benchmarks.pairs import alternate
from benchmarks.plain_loop import STAGES, WORKERS, noop, plain_cpu
from benchmarks.report import Row
from benchmarks.scale import Scale

EVENTS = 3 * STAGES
"""Of one item: queued, in_progress and completed in every stage."""

Job = Callable[[int], Awaitable[float]]
"""Takes a number of items and returns the CPU seconds that they cost."""


def no_op_stages() -> list[Stage]:
    """The same three stages that the plain loop has."""
    return [Stage(f"Stage{number}", workers=WORKERS, tasks=[noop]) for number in range(STAGES)]


async def _cpu(pipeline: Pipeline, items: int) -> float:
    started = time.process_time()
    results: list[PipelineResult] = await pipeline.run(range(items))
    spent = time.process_time() - started
    if [result.value for result in results] != list(range(items)):
        raise RuntimeError(f"{len(results)} results of {items}, or not in input order")
    return spent


async def untracked(items: int) -> float:
    """CPU seconds of a run without a tracker; every result is checked."""
    return await _cpu(Pipeline(no_op_stages()), items)


async def tracked(items: int) -> float:
    """CPU seconds of a run with a tracker; every event is read afterwards, off the clock."""
    tracker = StatusTracker()
    spent = await _cpu(Pipeline(no_op_stages(), status_tracker=tracker), items)
    for item_id in range(items):
        history = tracker.get_history(item_id)
        told = sum(event.timestamp > 0 and event.worker is not None for event in history)
        if len(history) != EVENTS or told != EVENTS - STAGES:  # no worker while queued
            raise RuntimeError(f"item {item_id}: {len(history)} events, {told} with a worker")
    return spent


async def subscribed(items: int) -> float:
    """CPU seconds of a run whose tracker hands every event to an async subscriber."""
    seen = 0

    async def count(event: StatusEvent) -> None:
        nonlocal seen
        seen += 1

    tracker = StatusTracker(on_status_change=count)
    spent = await _cpu(Pipeline(no_op_stages(), status_tracker=tracker), items)
    if seen != EVENTS * items:
        raise RuntimeError(f"the subscriber got {seen} events of {EVENTS * items}")
    return spent


JOBS: dict[str, tuple[Job, str, float]] = {
    "untracked": (untracked, "no tracker", 0.9),
    "tracked": (tracked, "tracker", 1.3),
    "subscribed": (subscribed, "tracker, async subscriber of every event", 2.0),
}


async def against_plain_loop(key: str, scale: Scale) -> Row:
    """CPU time of a run over that of the plain loop, in alternating pairs."""
    job, title, limit = JOBS[key]
    pairs = await alternate(partial(job, scale.items), partial(plain_cpu, scale.items), scale.pairs)
    return Row(
        key,
        title,
        pairs.ratio,
        "×",
        limit,
        note=f"{scale.items:,} items, {scale.pairs} pairs, pair by pair {pairs.pairwise:.2f} ×",
        samples={"measured": pairs.measured, "plain loop": pairs.reference},
    )


async def growth(key: str, scale: Scale) -> Row:
    """How much the ratio to the plain loop grows from a run of usual length to a long one.

    Both loops take turns at both lengths, the short one several times, so that a machine that
    gets slower or faster meanwhile does so for all four.
    """
    job, title, _ = JOBS[key]
    samples: dict[str, list[float]] = {"long": [], "short": [], "plain long": [], "plain short": []}
    lengths = (("long", scale.many_items, 1), ("short", scale.items, 3))
    for _ in range(scale.repeats):
        for length, items, times in lengths:
            for name, work in (("", job), ("plain ", plain_cpu)) * times:
                gc.collect()
                samples[name + length].append(await work(items) / items)
    ours, plain = (
        median(samples[name + "long"]) / median(samples[name + "short"]) for name in ("", "plain ")
    )
    return Row(
        f"growth-{key}",
        f"{title}: the ratio at {scale.many_items:,} items over that at {scale.items:,}",
        ours / plain,
        "×",
        1.15,
        note=f"{scale.repeats} repeats; alone {ours:.2f} ×, the plain loop {plain:.2f} ×",
        samples=samples,
    )
