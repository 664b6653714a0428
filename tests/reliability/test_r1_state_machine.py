"""R1: whatever is done to a pipeline in whatever order, each item ends once, as its tasks said."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from item_model import NAMES, Feeding, Job, Order, Outcome, Shape, Worksite, places

from antflow import Item, Pipeline, PipelineError, PipelineResult, StatusTracker
from antflow.pipeline.run import Run
from antflow.testing import Recording, VirtualClockLoop

NIGHTLY = bool(os.environ.get("ANTFLOW_NIGHTLY"))
RUNS = 2_000 if NIGHTLY else 200
STEPS = 40
LONG = 10_000.0
"""Virtual seconds after which something hangs."""

MOMENT = 1e-6
"""Virtual seconds: the clock reaches them only once nothing on the loop is ready to run."""


def growing(state: Any) -> float:
    """A wait of tenacity's shape."""
    return 0.25 * float(state.attempt_number)


ORDERS = st.sampled_from(
    [
        *[Order()] * 6,
        *[Order("hold")] * 3,
        Order("skip"),
        Order("drop"),
        Order("none"),
        Order("sleep", seconds=0.1),
        Order("sleep", seconds=3.0),
        *[Order("fail", times, task) for times in (1, 2, 9) for task in (0, 1)],
        *[
            Order("fail", times, error=error)
            for times, error in [
                (1, SystemExit),
                (1, asyncio.CancelledError),
                (2, GeneratorExit),
                (2, MemoryError),
                (9, StopAsyncIteration),
            ]
        ],
    ]
)
KINDS = ("plain", "none", "bare", "dict", "whole", "item", "null", "broken")
IDS = st.sampled_from(["x", "y", "z", 0, 1, None, (1, 2)])
SPECS = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        IDS,
        st.tuples(ORDERS, ORDERS, ORDERS),
        st.sampled_from([None, None, 1, 100]),
        st.sampled_from([None, None, *range(3)]),
    ),
    min_size=1,
    max_size=6,
)
SHAPES = st.builds(
    Shape,
    workers=st.integers(1, 3),
    tasks=st.integers(1, 2),
    retry=st.sampled_from(["per_task", "per_stage"]),
    attempts=st.integers(1, 3),
    wait=st.sampled_from([0.0, 0.0, 0.5, growing]),
    capacity=st.sampled_from([None, 1, 2, 0]),
    skips=st.booleans(),
)
PULL_SHAPES = st.builds(
    Shape, workers=st.integers(1, 2), wait=st.sampled_from([0.0, 0.5]), pull=st.just(True)
)
STAGES = st.sampled_from(NAMES)
MAYBE_STAGE = st.sampled_from([None, *NAMES])


async def _end_all_tasks() -> None:
    """After a failure, too, nothing may stay on the loop."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=LONG)


class Pipelines(RuleBasedStateMachine):
    """A pipeline of three stages on a virtual clock, and what is known of each item."""

    @initialize(
        shapes=st.tuples(SHAPES, SHAPES | PULL_SHAPES, SHAPES | PULL_SHAPES),
        tracked=st.booleans(),
        subscribed=st.booleans(),
        started=st.booleans(),
    )
    def build(
        self, shapes: tuple[Shape, ...], tracked: bool, subscribed: bool, started: bool
    ) -> None:
        self.loop = VirtualClockLoop()
        self.shapes = shapes
        self.work = Worksite(shapes)
        self.tracker = StatusTracker() if tracked else None
        self.recording = Recording()
        if self.tracker is not None and subscribed:
            self.tracker.subscribe(self.recording)
        stages = [shape.stage(number, self.work) for number, shape in enumerate(shapes)]
        self.pipeline = Pipeline(stages, status_tracker=self.tracker)
        self.planned = dict(zip(NAMES, (shape.workers for shape in shapes), strict=True))
        self.feedings = self.work.feedings
        self.serial = 0
        self.flying: dict[int, Feeding] = {}
        self.ends: Counter[str] = Counter()
        self.fed = 0
        self.failures: Counter[tuple[Any, ...]] = Counter()
        self.letters: dict[int, Feeding] = {}
        self.this_run: dict[int, Feeding] = {}
        self.results: dict[int, Feeding] = {}
        self.run_ends: list[tuple[int, Outcome]] = []
        self.left_over: list[tuple[Item, Feeding]] = []
        self.feeders: list[tuple[asyncio.Task[None], Run]] = []
        self.running: asyncio.Task[Any] | None = None
        self.with_failures = False
        if started:
            self.start()

    # -- driving ------------------------------------------------------------------------------

    def do(self, action: Callable[[], Any]) -> Any:
        """Act on the loop, and go on until nothing is ready to run there."""

        async def act() -> Any:
            answer = action()
            if asyncio.iscoroutine(answer):
                answer = await asyncio.wait_for(answer, LONG)
            await asyncio.sleep(MOMENT)
            return answer

        answer = self.loop.run_until_complete(act())
        self._notice_end()
        return answer

    @property
    def engine(self) -> Run | None:
        engine = self.pipeline._engine
        assert engine is None or isinstance(engine, Run)
        return engine

    @property
    def started(self) -> bool:
        return self.engine is not None

    def _notice_end(self) -> None:
        """A run has come to its end by itself, or a feeder to its."""
        if self.running is not None and self.running.done():
            results, self.running = self.running.result(), None
            self.check()
            wanted = {"processed", "failed"} if self.with_failures else {"processed"}
            assert Counter(map(self._shown, results)) == Counter(
                (serial, end.error, repr(end.value))
                for serial, end in self.run_ends
                if end.kind in wanted
            )
        for feeder, run in [pair for pair in self.feeders if pair[0].done()]:
            self.feeders.remove((feeder, run))
            error = feeder.exception()
            assert error is None or (isinstance(error, PipelineError) and run.stopping), error

    def _shown(self, result: PipelineResult) -> tuple[int, str | None, str]:
        error = None if result.error is None else type(result.error).__name__
        return self._serial_of(result), error, repr(result.value)

    # -- feeding ------------------------------------------------------------------------------

    def _make(self, spec: Any, target: str | None) -> tuple[Feeding, Any]:
        kind, item_id, orders, priority, own_stage = spec
        serial = self.serial = self.serial + 1
        job, note = Job(serial), {"note": serial}
        entry = NAMES.index(target) if target else 0
        feeding = Feeding(serial, entry, job, orders, item_id, dict(note))
        element: Any = job
        if kind in ("plain", "none", "bare"):
            element = {"plain": job, "none": None, "bare": {"k": serial}}[kind]
            plain = tuple(Order() if order.kind == "none" else order for order in orders)
            feeding.value, feeding.metadata, feeding.orders = element, {}, plain
            feeding.numbered = True
        elif kind == "dict":
            item_id = feeding.id = "none" if item_id is None else item_id
            element = {"id": item_id, "value": job, **note}
        elif kind == "whole":
            item_id = feeding.id = "none" if item_id is None else item_id
            element = feeding.value = {"id": item_id, **note}
        else:
            feeding.value = None if kind == "null" else job
            feeding.broken_id = kind == "broken"
            feeding.id = [item_id] if feeding.broken_id else item_id
            feeding.entry = feeding.entry if own_stage is None else own_stage
            feeding.numbered = feeding.id is None
            stage = None if own_stage is None else NAMES[own_stage]
            element = Item(feeding.id, feeding.value, note, priority, stage)
        self.feedings[serial] = feeding
        return feeding, element

    def _admit(self, feeding: Feeding, run: Run) -> None:
        """The next thing that happens is that the run takes this item."""
        if run.stopping:
            feeding.refused = True
            return
        feeding.sequence = run.fed
        if feeding.numbered:
            feeding.id = run.fed
        self._fly(feeding)

    def _fly(self, feeding: Feeding) -> None:
        self.fed += 1
        self.flying[feeding.serial] = self.this_run[feeding.serial] = feeding

    def _source(
        self, made: list[tuple[Feeding, Any]], run: Callable[[], Run]
    ) -> Iterator[Any]:
        for feeding, element in made:
            self._admit(feeding, run())
            yield element

    async def _slow_source(
        self, made: list[tuple[Feeding, Any]], run: Callable[[], Run], pause: float
    ) -> AsyncIterator[Any]:
        for element in self._source(made, run):
            yield element
            await asyncio.sleep(pause)

    def _source_of(self, made: Any, run: Callable[[], Run], pause: float | None) -> Any:
        return self._source(made, run) if pause is None else self._slow_source(made, run, pause)

    @rule(specs=SPECS, entry=MAYBE_STAGE, priority=st.sampled_from([100, 5, 500]))
    @precondition(lambda self: self.started)
    def feed(self, specs: Any, entry: str | None, priority: int) -> None:
        self._feed(specs, entry, priority, None)

    @rule(specs=SPECS, entry=MAYBE_STAGE, pause=st.sampled_from([0.0, 0.7]))
    @precondition(lambda self: self.started)
    def feed_slowly(self, specs: Any, entry: str | None, pause: float) -> None:
        self._feed(specs, entry, 100, pause)

    @rule(specs=SPECS)
    @precondition(lambda self: self.started)
    def feed_simply(self, specs: Any) -> None:
        self._feed(specs, None, 100, None)

    def _feed(self, specs: Any, entry: str | None, priority: int, pause: float | None) -> None:
        run = self.engine
        assert run is not None
        made = [self._make(spec, entry) for spec in specs]

        def act() -> None:
            source = self._source_of(made, lambda: run, pause)
            work = self.pipeline.feed(source, entry, priority)
            self.feeders.append((asyncio.ensure_future(work), run))

        self.do(act)

    @rule()
    @precondition(lambda self: self.started and self.left_over)
    def feed_unprocessed_again(self) -> None:
        run = self.engine
        assert run is not None
        left, self.left_over = self.left_over, []
        made = [(self._again(feeding, item), item) for item, feeding in left]
        self.do(
            lambda: self.feeders.append(
                (asyncio.ensure_future(self.pipeline.feed(self._source(made, lambda: run))), run)
            )
        )

    def _again(self, old: Feeding, item: Item) -> Feeding:
        """The same item once more, from where it stood; from now on with a note in any case."""
        item.metadata = {**item.metadata, "note": old.serial}
        entry = NAMES.index(item.stage or "A")
        new = Feeding(old.serial, entry, item.value, old.orders, item.id, item.metadata)
        new.broken_id = old.broken_id
        self.feedings[old.serial] = new
        return new

    @rule(heal=st.booleans(), stage=MAYBE_STAGE, ids=st.none() | st.lists(IDS, max_size=3))
    @precondition(lambda self: self.engine is not None and not self.engine.stopping)
    def retry_failed(self, heal: bool, stage: str | None, ids: list[Any] | None) -> None:
        taken = [
            feeding
            for feeding in self.letters.values()
            if (stage is None or feeding.outcome(self.shapes).stage == stage)
            and (ids is None or feeding.id in ids)
        ]
        run = self.engine
        assert run is not None

        def act() -> Any:
            for old in taken:
                self._fly_again(old, heal)
            return self._until_done(self.pipeline.retry_failed(ids, stage=stage))

        count = self.do(act)
        assert count == len(taken), (count, taken, ids, stage, self.letters)

    def _fly_again(self, old: Feeding, heal: bool) -> None:
        end = old.outcome(self.shapes)
        del self.letters[old.serial]
        number = NAMES.index(end.stage or "")
        orders = [Order() if heal and n == number else order for n, order in enumerate(old.orders)]
        new = Feeding(old.serial, number, end.value, tuple(orders), old.id, old.metadata)
        self.feedings[old.serial] = new
        self._fly(new)

    async def _until_done(self, work: Any) -> Any:
        """Await, letting go of whatever is held meanwhile."""
        task = asyncio.ensure_future(work)
        await asyncio.sleep(0)
        self.pipeline.resume()
        for _ in range(10_000):
            if task.done():
                return task.result()
            self.work.open()
            await asyncio.wait([task], timeout=1.0)
        raise TimeoutError

    # -- starting and ending --------------------------------------------------------------------

    @rule()
    @precondition(lambda self: not self.started)
    def start(self) -> None:
        for too_early in (lambda: self.pipeline.feed([1]), self.pipeline.retry_failed):
            with pytest.raises(PipelineError):
                self.do(too_early)
        self._begin()
        self.do(self.pipeline.start)
        with pytest.raises(PipelineError):
            self.do(self.pipeline.start)

    def _begin(self) -> None:
        self.this_run, self.results, self.with_failures = {}, {}, False
        self.run_ends = []

    @rule(specs=SPECS, failures=st.booleans(), pause=st.sampled_from([None, 0.3]))
    @precondition(lambda self: not self.started)
    def run(self, specs: Any, failures: bool, pause: float | None) -> None:
        self._begin()
        self.with_failures = failures
        made = [self._make(spec, None) for spec in specs]

        def engine() -> Run:
            assert self.engine is not None
            return self.engine

        def act() -> None:
            source = self._source_of(made, engine, pause)
            self.running = asyncio.ensure_future(
                self.pipeline.run(source, include_failures=failures)
            )

        self.do(act)

    @rule()
    @precondition(lambda self: self.running is not None)
    def cancel_run(self) -> None:
        running, self.running = self.running, None
        assert running is not None

        async def act() -> None:
            running.cancel()
            await asyncio.wait([running])

        self.do(act)
        assert running.cancelled()
        self._sort_left_over()

    @rule(timeout=st.sampled_from([0.0, 0.05, 2.0, 5.0]))
    @precondition(lambda self: self.started)
    def shutdown(self, timeout: float) -> None:
        running, self.running = self.running, None
        before = self.loop.time()
        self.do(lambda: self.pipeline.shutdown(timeout))
        assert self.loop.time() - before < timeout + 1.0
        if running is not None:
            assert running.done()
            assert running.exception() is None or isinstance(running.exception(), PipelineError)
        self._sort_left_over()

    def _sort_left_over(self) -> None:
        assert not self.started
        for item in self.pipeline.unprocessed:
            feeding = self.flying[self._serial_of(item)]
            assert not feeding.left_over
            feeding.left_over = True
            values = feeding.outcome(self.shapes).values
            assert item.value == values[item.stage or ""]
            assert item.id == feeding.id
            assert item.metadata == feeding.metadata
            self.left_over.append((item, feeding))

    @rule()
    @precondition(lambda self: self.started)
    def join(self) -> None:
        def act() -> Any:
            work = self.running if self.running is not None else self.pipeline.join()
            return self._until_done(work)

        self.do(act)
        assert not self.pipeline.get_stats().items_in_flight
        self.check()
        names = self.pipeline.get_worker_names()
        assert {stage: len(workers) for stage, workers in names.items()} == self.planned

    # -- steering -----------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([0.1, 0.5, 2.0, 10.0]))
    @precondition(lambda self: self.started)
    def wait(self, seconds: float) -> None:
        self.do(lambda: asyncio.sleep(seconds))

    @rule()
    @precondition(lambda self: self.started)
    def let_go(self) -> None:
        self.do(self.work.open)

    @rule(stage=MAYBE_STAGE)
    def pause(self, stage: str | None) -> None:
        self.do(lambda: self.pipeline.pause(stage))

    @rule(stage=MAYBE_STAGE)
    def resume(self, stage: str | None) -> None:
        self.do(lambda: self.pipeline.resume(stage))

    @rule(stage=STAGES, n=st.integers(1, 2))
    def grow(self, stage: str, n: int) -> None:
        if self.planned[stage] + n <= 4:
            self.planned[stage] += n
            assert len(self.do(lambda: self.pipeline.pool_grow(stage, n))) == n

    @rule(stage=STAGES, n=st.integers(1, 2))
    def shrink(self, stage: str, n: int) -> None:
        if self.planned[stage] <= n:
            with pytest.raises(ValueError, match="at least 1 worker"):
                self.do(lambda: self.pipeline.pool_shrink(stage, n))
            return
        self.planned[stage] -= n
        assert self.do(lambda: self.pipeline.pool_shrink(stage, n)) == self.planned[stage]

    @rule(choice=st.integers(0, 9), item_id=IDS)
    @precondition(lambda self: self.flying)
    def revoke(self, choice: int, item_id: Any) -> None:
        """Of an item that is there, or of an id that may be nobody's."""
        flying = list(self.flying.values())
        if choice < len(flying):
            item_id = flying[choice].id
        found = [feeding for feeding in flying if feeding.id == item_id]
        for feeding in found:
            feeding.revoked = True
        assert self.do(lambda: self.pipeline.revoke(item_id)) == bool(found)
        assert not any(feeding.serial in self._places() for feeding in found)

    # -- what must hold -------------------------------------------------------------------------

    def _serial_of(self, item: Any) -> int:
        if "note" in item.metadata:
            return int(item.metadata["note"])
        if isinstance(item.value, Job):
            return item.value.serial
        (nameless,) = [
            feeding.serial
            for feeding in self.this_run.values()
            if not (feeding.metadata or isinstance(feeding.value, Job)) and feeding.id == item.id
        ]
        return nameless

    def _places(self) -> set[int]:
        found = places(self.engine) if self.engine is not None else []
        serials = [self._serial_of(item) for item in found]
        assert len(serials) == len(set(serials)), "an item is in two places"
        return set(serials)

    def _ended_early(self, feeding: Feeding) -> bool:
        return feeding.revoked or feeding.left_over

    @invariant()
    def check(self) -> None:
        flying = self._places()
        assert flying <= set(self.flying)
        for serial in set(self.flying) - flying:
            self._end(self.flying.pop(serial))
        self._check_counts(len(flying))
        self._check_results()
        self._check_failures()
        self._check_tracker()

    def _end(self, feeding: Feeding) -> None:
        if self._ended_early(feeding):
            self.ends["cancelled"] += 1
            return
        end = feeding.outcome(self.shapes)
        self.run_ends.append((feeding.serial, end))
        self.ends[end.kind] += 1
        assert +feeding.calls == feeding.expected_calls(self.shapes)
        if end.kind == "processed":
            self.results[feeding.serial] = feeding
        elif end.kind == "failed":
            self.failures[repr(feeding.id), end.error, end.stage, end.attempts] += 1
            if not feeding.broken_id:
                self.letters[feeding.serial] = feeding

    def _check_counts(self, flying: int) -> None:
        stats, ends = self.pipeline.get_stats(), self.ends
        assert stats.items_fed == self.fed == ends.total() + flying
        assert stats.items_in_flight == flying
        assert stats.items_processed == ends["processed"]
        assert stats.items_failed == ends["failed"]
        assert stats.items_dropped == ends["dropped"]
        assert stats.items_cancelled == ends["cancelled"]
        stations = self.engine.stations.values() if self.engine is not None else ()
        shown = sum(len(station.channel.givers) for station in stations)
        for stage in stats.stage_stats.values():
            shown += stage.pending_items + stage.in_progress_items + stage.waiting_items
        assert shown == flying

    def _check_results(self) -> None:
        results = self.pipeline.results
        if self.with_failures:
            results = [result for result in results if result.is_success]
        assert {self._serial_of(result) for result in results} == set(self.results)
        assert len(results) == len(self.results)
        for result in results:
            feeding = self.feedings[self._serial_of(result)]
            assert result.is_success
            assert result.value == feeding.outcome(self.shapes).value
            assert (result.id, result.metadata) == (feeding.id, feeding.metadata)
            assert feeding.sequence in (None, result.sequence_id)

    def _check_failures(self) -> None:
        summary = self.pipeline.get_error_summary()
        assert summary.total_failed == self.failures.total()
        assert self.failures == Counter(
            (repr(item.item_id), item.error_type, item.stage, item.attempts)
            for item in summary.failed_items
        )

    def _check_tracker(self) -> None:
        if self.tracker is None:
            return
        counts = self.tracker.get_stats()
        assert all(count >= 0 for count in counts.values())
        assert sum(counts.values()) == self.fed
        if self.tracker.recorder.listening:
            told = Counter(event.status for event in self.recording.events)
            for status in ("failed", "dropped", "cancelled"):
                assert told[status] == self.ends[status], status

    def teardown(self) -> None:
        if not hasattr(self, "loop"):
            return
        try:
            self._wind_up()
        finally:
            self.loop.run_until_complete(_end_all_tasks())
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.close()

    def _wind_up(self) -> None:
        if self.started:
            self.join()
        if self.started:
            self.shutdown(5.0)
        self.do(lambda: asyncio.sleep(10.0))
        self.check()
        assert not self.flying
        assert not asyncio.all_tasks(self.loop)


TestPipelines = Pipelines.TestCase
TestPipelines.settings = settings(
    max_examples=RUNS,
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=not NIGHTLY,
    database=None,
    suppress_health_check=list(HealthCheck),
)
