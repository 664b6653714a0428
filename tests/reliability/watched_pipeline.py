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

Fed = tuple[Feeding, Any]
"""An item of the model and the element of the source that it stands for."""


class WatchedPipeline:
    """A pipeline of three stages, driven step by step, and the model of it.

    Attributes:
        planned: workers that each stage must have in the end.
        flying: items on their way, by serial number.
        letters: failed items that can be fed again, by serial number.
        left_over: what the stops so far left, to be fed again.
        feeders: what feeds in the background, and to which run.
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
        self.flying: dict[int, Feeding] = {}
        self.letters: dict[int, Feeding] = {}
        self.left_over: list[tuple[Item, Feeding]] = []
        self.running: asyncio.Task[Any] | None = None
        self.feeders: list[tuple[asyncio.Task[None], Run]] = []
        self._serial = self._fed = 0
        self._ends: Counter[str] = Counter()
        self._failures: Counter[tuple[Any, ...]] = Counter()
        self.begin()

    def begin(self, *, with_failures: bool = False) -> None:
        """Another run starts."""
        self._this_run: dict[int, Feeding] = {}
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
        self._notice_ends()
        return answer

    @property
    def engine(self) -> Run | None:
        engine = self.pipeline._engine
        assert engine is None or isinstance(engine, Run)
        return engine

    async def until_done(self, work: Any) -> Any:
        """Await, resuming what is paused and letting go of whatever is held meanwhile."""
        task = asyncio.ensure_future(work)
        await asyncio.sleep(0)
        self.pipeline.resume()
        for _ in range(int(LONG)):
            if task.done():
                return task.result()
            self.work.open()
            await asyncio.wait([task], timeout=1.0)
        raise TimeoutError

    def _notice_ends(self) -> None:
        """A run or a feeder has come to its end by itself."""
        if self.running is not None and self.running.done():
            results, self.running = self.running.result(), None
            self.check()
            wanted = {"processed", "failed"} if self._with_failures else {"processed"}
            assert Counter(map(self._shown, results)) == Counter(
                (serial, end.error, repr(end.value))
                for serial, end in self._run_ends
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

    def make(self, spec: Any, target: str | None) -> Fed:
        """An item of some kind, with the orders for its tasks."""
        kind, item_id, orders, priority, own_stage = spec
        serial = self._serial = self._serial + 1
        job, note = Job(serial), {"note": serial}
        entry = NAMES.index(target) if target else 0
        item_id = "none" if item_id is None and kind in ("dict", "whole") else item_id
        feeding = Feeding(serial, entry, job, orders, item_id, dict(note))
        element: Any
        if kind in ("plain", "none", "bare"):
            element = {"plain": job, "none": None, "bare": {"k": serial}}[kind]
            # it must keep its value, which is all that tells it apart
            plain = tuple(Order() if order.kind == "none" else order for order in orders)
            feeding.value, feeding.metadata, feeding.orders = element, {}, plain
            feeding.numbered = True
        elif kind == "dict":
            element = {"id": item_id, "value": job, **note}
        elif kind == "whole":
            element = feeding.value = {"id": item_id, **note}
        else:
            feeding.value = None if kind == "null" else job
            feeding.broken_id = kind == "broken"
            feeding.id = [item_id] if feeding.broken_id else item_id
            feeding.numbered = feeding.id is None
            feeding.entry = entry if own_stage is None else own_stage
            stage = None if own_stage is None else NAMES[own_stage]
            element = Item(feeding.id, feeding.value, note, priority, stage)
        self.work.feedings[serial] = feeding
        return feeding, element

    def again(self, old: Feeding, item: Item) -> Fed:
        """What a stop left, once more, from where it stood; from now on with a note."""
        item.metadata = {**item.metadata, "note": old.serial}
        entry = NAMES.index(item.stage or "")
        new = Feeding(old.serial, entry, item.value, old.orders, item.id, item.metadata)
        new.broken_id = old.broken_id
        self.work.feedings[old.serial] = new
        return new, item

    def fly_again(self, old: Feeding, *, heal: bool) -> None:
        """A failed item once more, from where it failed; healed, its tasks do not fail there."""
        end = old.outcome(self.shapes)
        del self.letters[old.serial]
        number = NAMES.index(end.stage or "")
        orders = [Order() if heal and n == number else order for n, order in enumerate(old.orders)]
        new = Feeding(old.serial, number, end.value, tuple(orders), old.id, old.metadata)
        self.work.feedings[old.serial] = new
        self._fly(new)

    def _fly(self, feeding: Feeding) -> None:
        self._fed += 1
        self.flying[feeding.serial] = self._this_run[feeding.serial] = feeding

    def source(self, made: list[Fed], run: Callable[[], Run], pause: float | None) -> Any:
        """Gives the elements, `pause` seconds apart where it is async."""
        return self._source(made, run) if pause is None else self._slow_source(made, run, pause)

    def _source(self, made: list[Fed], run: Callable[[], Run]) -> Iterator[Any]:
        for feeding, element in made:
            # what happens next is that the run takes the element, or refuses to
            if not run().stopping:
                feeding.sequence = run().fed
                feeding.id = feeding.sequence if feeding.numbered else feeding.id
                self._fly(feeding)
            yield element

    async def _slow_source(
        self, made: list[Fed], run: Callable[[], Run], pause: float
    ) -> AsyncIterator[Any]:
        for element in self._source(made, run):
            yield element
            await asyncio.sleep(pause)

    def feed(
        self, made: list[Fed], entry: str | None = None, priority: int = 100,
        pause: float | None = None,
    ) -> None:  # fmt: skip
        """Feed in the background."""
        run = self.engine
        assert run is not None

        def act() -> None:
            work = self.pipeline.feed(self.source(made, lambda: run, pause), entry, priority)
            self.feeders.append((asyncio.ensure_future(work), run))

        self.do(act)

    def sort_left_over(self) -> None:
        """The pipeline was stopped: what it left is as it stood, ready to be fed again."""
        assert self.engine is None
        for item in self.pipeline.unprocessed:
            feeding = self.flying[self._serial_of(item)]
            assert not feeding.left_over
            feeding.left_over = True
            assert item.value == feeding.outcome(self.shapes).values[item.stage or ""]
            assert (item.id, item.metadata) == (feeding.id, feeding.metadata)
            self.left_over.append((item, feeding))

    # -- what must hold -----------------------------------------------------------------------

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

    def places(self) -> set[int]:
        """Serial numbers of the items that the pipeline holds somewhere."""
        found = places(self.engine) if self.engine is not None else []
        serials = [self._serial_of(item) for item in found]
        assert len(serials) == len(set(serials)), "an item is in two places"
        return set(serials)

    def check(self) -> None:
        """Each item is in one place or has the one outcome that its tasks led to."""
        flying = self.places()
        assert flying <= set(self.flying)
        for serial in set(self.flying) - flying:
            self._end(self.flying.pop(serial))
        self._check_counts(len(flying))
        self._check_results()
        self._check_failures()
        self._check_tracker()

    def _end(self, feeding: Feeding) -> None:
        end = feeding.outcome(self.shapes)
        if feeding.revoked or feeding.left_over:
            end = Outcome("cancelled")
        else:
            assert +feeding.calls == feeding.expected_calls(self.shapes)
        self._ends[end.kind] += 1
        self._run_ends.append((feeding.serial, end))
        if end.kind == "failed":
            self._failures[repr(feeding.id), end.error, end.stage, end.attempts] += 1
            if not feeding.broken_id:
                self.letters[feeding.serial] = feeding
        self._check_last_status(feeding, end)

    def _check_counts(self, flying: int) -> None:
        stats, ends = self.pipeline.get_stats(), self._ends
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
        results = [result for result in self.pipeline.results if result.is_success]
        assert self._with_failures or len(results) == len(self.pipeline.results)
        assert sorted(map(self._serial_of, results)) == sorted(
            serial for serial, end in self._run_ends if end.kind == "processed"
        )
        for result in results:
            feeding = self.work.feedings[self._serial_of(result)]
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
                assert told[status] == self._ends[status], status

    def _check_last_status(self, feeding: Feeding, end: Outcome) -> None:
        namesakes = [other for other in self._this_run.values() if other.id == feeding.id]
        if self.tracker is None or feeding.broken_id or len(namesakes) > 1:
            return
        wanted: str = end.kind if end.kind != "processed" else "completed"
        if end.kind == "processed" and feeding.skips(self.shapes, len(self.shapes) - 1, end):
            wanted = "skipped"
        event = self.tracker.get_status(feeding.id)
        assert event is not None
        assert event.status == wanted
