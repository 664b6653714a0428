"""R1: whatever is done to a pipeline in whatever order, each item ends once, as its tasks said."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from item_model import NAMES, Order, Shape
from watched_pipeline import LONG, WatchedPipeline

from antflow import PipelineError
from antflow.pipeline.run import Run

NIGHTLY = bool(os.environ.get("ANTFLOW_NIGHTLY"))
RUNS = 2_000 if NIGHTLY else 200
STEPS = 40


def growing(state: Any) -> float:
    """A wait of tenacity's shape."""
    return 0.25 * float(state.attempt_number)


FAILURES = [
    *[Order("fail", times, task) for times in (1, 1, 2, 9) for task in (0, 1)],
    Order("fail", 1, error=SystemExit),
    Order("fail", 1, error=asyncio.CancelledError),
    Order("fail", 2, error=GeneratorExit),
    Order("fail", 2, error=MemoryError),
    Order("fail", 9, error=StopAsyncIteration),
]
ORDERS = st.sampled_from(
    [
        *[Order()] * 6,
        *[Order("hold")] * 3,
        Order("skip"),
        Order("drop"),
        Order("none"),
        Order("sleep", seconds=0.1),
        Order("sleep", seconds=3.0),
        *FAILURES,
    ]
)
KINDS = st.sampled_from(["plain", "none", "bare", "dict", "whole", "item", "null", "broken"])
IDS = st.sampled_from(["x", "y", "z", 0, 1, None, (1, 2)])
PRIORITIES = st.sampled_from([None, None, 1, 100])
ENTRIES = st.sampled_from([None, None, *range(3)])
SPEC = st.tuples(KINDS, IDS, st.tuples(ORDERS, ORDERS, ORDERS), PRIORITIES, ENTRIES)
SPECS = st.lists(SPEC, min_size=1, max_size=6)
SHAPES = st.builds(
    Shape,
    workers=st.integers(1, 3),
    tasks=st.integers(1, 2),
    retry=st.sampled_from(["per_task", "per_stage"]),
    attempts=st.sampled_from([1, 2, 3, 3]),
    wait=st.sampled_from([0.0, 0.5, 5.0, growing]),
    capacity=st.sampled_from([None, 1, 2, 0]),
    skips=st.booleans(),
)
PULL_SHAPES = st.builds(
    Shape, workers=st.integers(1, 2), wait=st.sampled_from([0.0, 0.5]), pull=st.just(True)
)
STAGES = st.sampled_from(NAMES)
MAYBE_STAGE = st.sampled_from([None, *NAMES])


async def end_all_tasks() -> None:
    """After a failure, too, nothing may stay on the loop."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=LONG)


def started(machine: Pipelines) -> bool:
    return machine.it.engine is not None


def idle(machine: Pipelines) -> bool:
    return machine.it.engine is None


class Pipelines(RuleBasedStateMachine):
    """What may be done to a pipeline; after each step the model is compared with it."""

    @initialize(
        shapes=st.tuples(SHAPES, SHAPES | PULL_SHAPES, SHAPES | PULL_SHAPES),
        tracked=st.booleans(),
        subscribed=st.booleans(),
        at_once=st.booleans(),
    )
    def build(
        self, shapes: tuple[Shape, ...], tracked: bool, subscribed: bool, at_once: bool
    ) -> None:
        self.it = WatchedPipeline(shapes, tracked=tracked, subscribed=subscribed)
        if at_once:
            self.start()

    @invariant()
    def check(self) -> None:
        self.it.check()

    # -- starting and ending ------------------------------------------------------------------

    @rule()
    @precondition(idle)
    def start(self) -> None:
        it = self.it
        for too_early in (lambda: it.pipeline.feed([1]), it.pipeline.retry_failed):
            with pytest.raises(PipelineError):
                it.do(too_early)
        it.begin()
        it.do(it.pipeline.start)
        with pytest.raises(PipelineError):
            it.do(it.pipeline.start)

    @rule(specs=SPECS, failures=st.booleans(), pause=st.sampled_from([None, 0.3]))
    @precondition(idle)
    def run(self, specs: Any, failures: bool, pause: float | None) -> None:
        it = self.it
        it.begin(with_failures=failures)
        made = [it.make(spec, None) for spec in specs]

        def engine() -> Run:
            assert it.engine is not None
            return it.engine

        def act() -> None:
            source = it.source(made, engine, pause)
            it.running = asyncio.ensure_future(it.pipeline.run(source, include_failures=failures))

        it.do(act)

    @rule()
    @precondition(lambda self: self.it.running is not None)
    def cancel_run(self) -> None:
        running, self.it.running = self.it.running, None
        assert running is not None

        async def act() -> None:
            running.cancel()
            await asyncio.wait([running])

        self.it.do(act)
        assert running.cancelled()
        self.it.sort_left_over()

    @rule(timeout=st.sampled_from([0.0, 0.05, 2.0, 5.0]))
    @precondition(started)
    def shutdown(self, timeout: float) -> None:
        it = self.it
        running, it.running = it.running, None
        before = it.loop.time()
        it.do(lambda: it.pipeline.shutdown(timeout))
        assert it.loop.time() - before < timeout + 1.0
        if running is not None:
            assert running.done()
            assert running.exception() is None or isinstance(running.exception(), PipelineError)
        it.sort_left_over()

    @rule()
    @precondition(started)
    def join(self) -> None:
        it = self.it
        it.do(lambda: it.until_done(it.running or it.pipeline.join()))
        assert not it.pipeline.get_stats().items_in_flight
        assert not it.feeders, "it did not wait for those who feed"
        it.check()
        names = it.pipeline.get_worker_names()
        assert {stage: len(workers) for stage, workers in names.items()} == it.planned

    # -- feeding ------------------------------------------------------------------------------

    @rule(specs=SPECS, entry=MAYBE_STAGE, priority=st.sampled_from([100, 5, 500]))
    @precondition(started)
    def feed(self, specs: Any, entry: str | None, priority: int) -> None:
        self.it.feed([self.it.make(spec, entry) for spec in specs], entry, priority)

    @rule(specs=SPECS, entry=MAYBE_STAGE, pause=st.sampled_from([0.0, 0.7]))
    @precondition(started)
    def feed_slowly(self, specs: Any, entry: str | None, pause: float) -> None:
        self.it.feed([self.it.make(spec, entry) for spec in specs], entry, pause=pause)

    @rule(specs=SPECS)
    @precondition(started)
    def feed_simply(self, specs: Any) -> None:
        self.it.feed([self.it.make(spec, None) for spec in specs])

    @rule()
    @precondition(lambda self: started(self) and self.it.left_over)
    def feed_unprocessed_again(self) -> None:
        left, self.it.left_over = self.it.left_over, []
        self.it.feed([self.it.again(feeding, item) for item, feeding in left])

    @rule(heal=st.booleans(), stage=MAYBE_STAGE, ids=st.none() | st.lists(IDS, max_size=3))
    @precondition(started)
    def retry_failed(self, heal: bool, stage: str | None, ids: list[Any] | None) -> None:
        it = self.it
        taken = [
            feeding
            for feeding in it.letters.values()
            if (stage is None or feeding.outcome(it.shapes).stage == stage)
            and (ids is None or feeding.id in ids)
        ]

        def act() -> Any:
            for old in taken:
                it.fly_again(old, heal=heal)
            return it.until_done(it.pipeline.retry_failed(ids, stage=stage))

        assert it.do(act) == len(taken)

    # -- steering -----------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([0.1, 0.5, 2.0, 10.0]))
    @precondition(started)
    def wait(self, seconds: float) -> None:
        self.it.do(lambda: asyncio.sleep(seconds))

    @rule()
    @precondition(started)
    def let_go(self) -> None:
        self.it.do(self.it.work.open)

    @rule(stage=MAYBE_STAGE)
    def pause(self, stage: str | None) -> None:
        self.it.do(lambda: self.it.pipeline.pause(stage))

    @rule(stage=MAYBE_STAGE)
    def resume(self, stage: str | None) -> None:
        self.it.do(lambda: self.it.pipeline.resume(stage))

    @rule(stage=STAGES, n=st.integers(1, 2))
    def grow(self, stage: str, n: int) -> None:
        it = self.it
        if it.planned[stage] + n <= 4:
            it.planned[stage] += n
            assert len(it.do(lambda: it.pipeline.pool_grow(stage, n))) == n

    @rule(stage=STAGES, n=st.integers(1, 2))
    def shrink(self, stage: str, n: int) -> None:
        it = self.it
        if it.planned[stage] <= n:
            with pytest.raises(ValueError, match="at least 1 worker"):
                it.do(lambda: it.pipeline.pool_shrink(stage, n))
            return
        it.planned[stage] -= n
        assert it.do(lambda: it.pipeline.pool_shrink(stage, n)) == it.planned[stage]

    @rule(choice=st.integers(0, 99))
    @precondition(lambda self: self.it.flying)
    def revoke(self, choice: int) -> None:
        """Of an item that is there; now and then of an id that may be nobody's."""
        it, flying = self.it, list(self.it.flying.values())
        item_id = "x" if choice > 90 else flying[choice % len(flying)].id
        found = [feeding for feeding in flying if feeding.id == item_id]
        for feeding in found:
            feeding.revoked = True
        assert it.do(lambda: it.pipeline.revoke(item_id)) == bool(found)
        assert not {feeding.serial for feeding in found} & it.places()

    # -- the end ------------------------------------------------------------------------------

    def teardown(self) -> None:
        if not hasattr(self, "it"):
            return
        loop = self.it.loop
        try:
            self._wind_up()
        finally:
            loop.run_until_complete(end_all_tasks())
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    def _wind_up(self) -> None:
        """Whatever was done: the pipeline comes to its end, and nothing is left over."""
        if started(self):
            self.join()
        if started(self):
            self.shutdown(5.0)
        self.it.do(lambda: asyncio.sleep(10.0))
        self.it.check()
        assert not self.it.flying
        assert not asyncio.all_tasks(self.it.loop)


# Shrinking a failure takes minutes, which a run by day does not have: repeat it at night's size.
PHASES = [Phase.generate, Phase.shrink] if NIGHTLY else [Phase.generate]

TestPipelines = pytest.mark.timeout(3_600 if NIGHTLY else 120)(Pipelines.TestCase)
TestPipelines.settings = settings(
    max_examples=RUNS,
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=not NIGHTLY,
    database=None,
    phases=PHASES,
    suppress_health_check=list(HealthCheck),
)
