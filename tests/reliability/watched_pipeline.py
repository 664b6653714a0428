"""A pipeline on a virtual clock, what is known of each of its items, and what must hold."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from item_model import NAMES, Feeding, Job, Order, Outcome, Shape, Worksite, places

from antflow import Item, Pipeline, PipelineError, PipelineResult, StatusTracker
from antflow.pipeline.run import Run
from antflow.testing import Recording, VirtualClockLoop

LONG = 10_000.0
"""Virtual seconds after which something hangs."""

MOMENT = 1e-6
"""Virtual seconds: the clock reaches them only once nothing on the loop is ready to run."""


class WatchedPipeline:
    """A pipeline of three stages, driven step by step, and the model of it.

    Attributes:
        planned: workers that each stage must have in the end.
        flying: items on their way, by serial number.
        ends: how many items ended in which way, over all runs.
        letters: failed items that can be fed again.
        left_over: what the last stops left, to be fed again.
        running: the task of `run`, while one is going.
    """

    def __init__(self, shapes: tuple[Shape, ...], *, tracked: bool, subscribed: bool) -> None:
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
        self.flying: dict[int, Feeding] = {}
        self.ends: Counter[str] = Counter()
        self.letters: dict[int, Feeding] = {}
        self.left_over: list[tuple[Item, Feeding]] = []
        self.running: asyncio.Task[Any] | None = None
        self._feeders: list[tuple[asyncio.Task[None], Run]] = []
        self._serial = self._fed = 0
        self._failures: Counter[tuple[Any, ...]] = Counter()
        self.begin()

    def begin(self, *, with_failures: bool = False) -> None:
        """A run starts."""
        self._this_run: dict[int, Feeding] = {}
        self._results: dict[int, Feeding] = {}
        self._run_ends: list[tuple[int, Outcome]] = []
        self._with_failures = with_failures

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
            wanted = {"processed", "failed"} if self._with_failures else {"processed"}
            assert Counter(map(self._shown, results)) == Counter(
                (serial, end.error, repr(end.value))
                for serial, end in self._run_ends
                if end.kind in wanted
            )
        for feeder, run in [pair for pair in self._feeders if pair[0].done()]:
            self._feeders.remove((feeder, run))
            error = feeder.exception()
            assert error is None or (isinstance(error, PipelineError) and run.stopping), error

    def _shown(self, result: PipelineResult) -> tuple[int, str | None, str]:
        error = None if result.error is None else type(result.error).__name__
        return self._serial_of(result), error, repr(result.value)

    # -- feeding ------------------------------------------------------------------------------

    def _make(self, spec: Any, target: str | None) -> tuple[Feeding, Any]:
        kind, item_id, orders, priority, own_stage = spec
        serial = self._serial = self._serial + 1
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
        self._fed += 1
        self.flying[feeding.serial] = self._this_run[feeding.serial] = feeding

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

    # -- what must hold -------------------------------------------------------------------------

    def _serial_of(self, item: Any) -> int:
        if "note" in item.metadata:
            return int(item.metadata["note"])
        if isinstance(item.value, Job):
            return item.value.serial
        (nameless,) = [
            feeding.serial
            for feeding in self._this_run.values()
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
        self._run_ends.append((feeding.serial, end))
        self.ends[end.kind] += 1
        assert +feeding.calls == feeding.expected_calls(self.shapes)
        if end.kind == "processed":
            self._results[feeding.serial] = feeding
        elif end.kind == "failed":
            self._failures[repr(feeding.id), end.error, end.stage, end.attempts] += 1
            if not feeding.broken_id:
                self.letters[feeding.serial] = feeding

    def _check_counts(self, flying: int) -> None:
        stats, ends = self.pipeline.get_stats(), self.ends
        assert stats.items_fed == self._fed == ends.total() + flying
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
        if self._with_failures:
            results = [result for result in results if result.is_success]
        assert {self._serial_of(result) for result in results} == set(self._results)
        assert len(results) == len(self._results)
        for result in results:
            feeding = self.feedings[self._serial_of(result)]
            assert result.is_success
            assert result.value == feeding.outcome(self.shapes).value
            assert (result.id, result.metadata) == (feeding.id, feeding.metadata)
            assert feeding.sequence in (None, result.sequence_id)

    def _check_failures(self) -> None:
        summary = self.pipeline.get_error_summary()
        assert summary.total_failed == self._failures.total()
        assert self._failures == Counter(
            (repr(item.item_id), item.error_type, item.stage, item.attempts)
            for item in summary.failed_items
        )

    def _check_tracker(self) -> None:
        if self.tracker is None:
            return
        counts = self.tracker.get_stats()
        assert all(count >= 0 for count in counts.values())
        assert sum(counts.values()) == self._fed
        if self.tracker.recorder.listening:
            told = Counter(event.status for event in self.recording.events)
            for status in ("failed", "dropped", "cancelled"):
                assert told[status] == self.ends[status], status

